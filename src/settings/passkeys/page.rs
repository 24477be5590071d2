//! Settings › Passkeys.

use super::{
    DeletePasskey, Passkey, Passkeys, RenamePasskey, finish_add_passkey, list_passkeys,
    start_add_passkey,
};
use crate::{
    account::{Me, current::CurrentAccount},
    browser,
    date::{date, date_time},
    error::{Error, Result},
    settings::page::{EndOthers, SettingsNav},
    step_up::{self, Resumed, StepUp},
    text::MAX_NAME_CHARS,
    ui::{
        Alert, BusyButton, CallForm, NeedsScripts, PageHeading, Problem, ReadAgain, Reading,
        Success, hydrated, problem_of, retry_countdown,
    },
};
use leptos::{
    html::{Button, Dialog, Input, P},
    prelude::*,
    server_fn::ServerFn,
    task::spawn_local,
};

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    passkeys: Reading<Passkeys>,
    /// The passkey whose name is being edited; a new one asks for its name at once.
    renaming: RwSignal<Option<String>>,
    rename: ServerAction<RenamePasskey>,
    /// The passkey whose name field was closed: its button gets the focus, even in a new list.
    renamed: StoredValue<Option<String>>,
    /// The passkey that is about to be removed.
    removing: RwSignal<Option<Passkey>>,
    remove: ServerAction<DeletePasskey>,
    removal: Resumed,
    /// How many seconds are left before another one can be removed.
    wait: Signal<u64>,
}

impl Page {
    fn ask_name(self, id: String) {
        self.rename.clear();
        self.renamed.set_value(None);
        self.renaming.set(Some(id));
    }

    fn close_name(self) {
        self.rename.clear();
        self.renamed.set_value(self.renaming.get_untracked());
        self.renaming.set(None);
    }

    fn ask_removal(self, passkey: Passkey) {
        self.renamed.set_value(None);
        self.removing.set(Some(passkey));
    }
}

#[component]
pub fn PasskeysPage() -> impl IntoView {
    let remove = ServerAction::new();
    let removal = step_up::resume(remove);
    let page = Page {
        passkeys: Reading::new(|| (), |()| list_passkeys()),
        renaming: RwSignal::new(None),
        rename: ServerAction::new(),
        renamed: StoredValue::new(None),
        removing: RwSignal::new(None),
        remove,
        removal,
        wait: retry_countdown(removal.problem),
    };
    let me = expect_context::<Resource<Result<Me>>>();
    // The list is read again after an answer and after a lost one, and if another tab has removed the
    // passkey or signed in to another account.
    Effect::new(move |_| match page.rename.value().get() {
        Some(Ok(_)) => {
            page.close_name();
            page.passkeys.read_again();
        }
        Some(Err(Error::Offline | Error::NotFound)) => page.passkeys.read_again(),
        Some(Err(_)) | None => {}
    });
    let account = expect_context::<CurrentAccount>();
    // Whenever the list is read, password managers learn which passkeys are still good, of the account
    // that the list is about.
    Effect::new(move |_| {
        let (Some(Ok(list)), Some(Ok(me))) = (page.passkeys.answer(), me.get()) else { return };
        if !account.is_still(&list.user_handle) {
            return;
        }
        // A passkey that is gone is not renamed any more.
        let is_listed = |id| list.passkeys.iter().any(|passkey| passkey.id == id);
        if page.renaming.get_untracked().is_some_and(|id| !is_listed(id)) {
            page.renaming.set(None);
        }
        let ids: Vec<_> = list.passkeys.into_iter().map(|passkey| passkey.credential_id).collect();
        spawn_local(async move {
            browser::signal_accepted(&me.rp_id, &list.user_handle, &ids).await;
        });
    });
    let tried = move |added: Option<Passkey>| {
        page.renamed.set_value(None);
        if let Some(added) = added {
            page.ask_name(added.id);
            account.read_again();
        }
        page.passkeys.read_again();
    };
    // The problem of a form that was sent without scripts; with scripts, the open field shows it.
    let rename_problem = problem_of(page.rename);
    let unnamed =
        Signal::derive(move || rename_problem.get().filter(|_| page.renaming.get().is_none()));
    let rows = move || {
        Suspend::new(async move {
            let list = page.passkeys.last().await?;
            Some(if list.passkeys.is_empty() {
                view! { <p class="empty">"No passkeys registered yet."</p> }.into_any()
            } else {
                view! {
                    <ul class="rows">
                        {list.passkeys.into_iter().map(|passkey| view! { <Row passkey page/> }).collect_view()}
                    </ul>
                }
                .into_any()
            })
        })
    };
    view! {
        <SettingsNav/>
        <PageHeading title="Passkeys" description="Add, name and remove the passkeys that sign you in to Latchkey."/>
        <ReadAgain reading=page.passkeys/>
        <p class="lead">
            "A passkey signs you in with your fingerprint, face or screen lock. Keep one on each device that you use, so that losing a device never locks you out."
        </p>
        <section class="card" aria-label="Your passkeys">
            <Transition fallback=|| view! { <p class="empty">"Loading…"</p> }>{rows}</Transition>
            <Alert problem=unnamed/>
            <AddPasskey tried/>
            <NeedsScripts/>
        </section>
        <RemoveDialog page/>
        <EndOthers/>
    }
}

/// Makes a passkey on this device or another one, with whatever confirmation the account needs.
#[component]
pub fn AddPasskey(
    /// Called after each attempt, with the passkey if one was added.
    #[prop(into)]
    tried: Callback<Option<Passkey>>,
) -> impl IntoView {
    let step_up = expect_context::<StepUp>();
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<Problem>);
    let add = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let outcome: Result<Passkey, Problem> = async {
                let options = step_up.guard(start_add_passkey).await?;
                let credential = browser::create(&options).await?;
                let outcome = finish_add_passkey(credential.clone()).await;
                browser::signal_refused(&options, &credential, &outcome).await;
                outcome.map_err(Problem::after_write)
            }
            .await;
            busy.set(false);
            let added = outcome.map_err(|why| problem.set(Some(why))).ok();
            tried.run(added);
        });
    };
    view! {
        <Alert problem/>
        <BusyButton label="Add Passkey" working="Waiting for device…" busy problem on:click=add/>
    }
}

#[component]
fn Row(passkey: Passkey, page: Page) -> impl IntoView {
    let id = StoredValue::new(passkey.id.clone());
    let shown = StoredValue::new(passkey.clone());
    let renaming = Memo::new(move |_| page.renaming.get().as_ref() == Some(&id.get_value()));
    let hydrated = hydrated();
    let rename_button = NodeRef::<Button>::new();
    Effect::new(move |_| {
        let button = rename_button.get();
        if page.renamed.get_value() == Some(id.get_value()) {
            button.map(|it| it.focus());
        }
    });
    let used = passkey
        .last_used_at
        .map_or("Never used".to_owned(), |at| format!("Last used {}", date(at)));
    let kept = if passkey.synced { "Synced" } else { "This device only" };
    view! {
        <li>
            <Show
                when=move || renaming.get()
                fallback=move || {
                    let passkey = shown.get_value();
                    let (rename, remove) = (format!("Rename {}", passkey.name), format!("Remove {}", passkey.name));
                    view! {
                        <div class="name">
                            <strong>{passkey.name}</strong>
                            {passkey.provider.map(|provider| view! { <span class="tag">{provider}</span> })}
                            {passkey.current.then(|| view! { <span class="tag accent">"Used for this session"</span> })}
                        </div>
                        <div class="buttons">
                            <button
                                node_ref=rename_button
                                aria-label=rename
                                disabled=move || !hydrated.get()
                                on:click=move |_| page.ask_name(id.get_value())
                            >
                                "Rename"
                            </button>
                            <button
                                class="danger"
                                aria-label=remove
                                disabled=move || !hydrated.get() || page.wait.get() != 0
                                on:click=move |_| page.ask_removal(shown.get_value())
                            >
                                "Remove"
                            </button>
                        </div>
                    }
                }
            >
                <Rename passkey=shown.get_value() page/>
            </Show>
            <form class="inline without-scripts" method="post" action=RenamePasskey::PATH>
                <input type="hidden" name="id" value=passkey.id/>
                <label>"Name" <input name="name" required maxlength=MAX_NAME_CHARS value=passkey.name/></label>
                <button>"Rename"</button>
            </form>
            <p class="facts">{format!("Added {} · {used} · {kept}", date(passkey.created_at))}</p>
            {passkey.settled_at.map(|at| view! {
                <p class="facts">
                    {format!(
                        "New: signs you in, and can confirm from {}. It waits because it was added with a password or after a recovery.",
                        date_time(at),
                    )}
                </p>
            })}
        </li>
    }
}

#[component]
fn Rename(passkey: Passkey, page: Page) -> impl IntoView {
    let rename = page.rename;
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.focus().ok();
            field.select();
        }
    });
    let problem = problem_of(rename);
    view! {
        <CallForm action=rename busy=rename.pending() class="inline">
            <input type="hidden" name="id" value=passkey.id/>
            <label>
                "Name this passkey"
                <input node_ref=field name="name" required maxlength=MAX_NAME_CHARS value=passkey.name/>
            </label>
            <div class="buttons">
                <BusyButton label="Save" working="Saving…" busy=rename.pending() problem/>
                <button type="button" on:click=move |_| page.close_name()>"Cancel"</button>
            </div>
            <Alert problem/>
        </CallForm>
    }
}

/// Asks before a passkey is removed, and says what the server cannot do for its user.
#[component]
fn RemoveDialog(page: Page) -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let (remove, resumed) = (page.remove, page.removal);
    let dialog = NodeRef::<Dialog>::new();
    let outcome = NodeRef::<P>::new();
    let name = RwSignal::new(String::new());
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match page.removing.get() {
            Some(passkey) => {
                name.set(passkey.name);
                dialog.show_modal().ok();
            }
            None => dialog.close(),
        }
    });
    let removed = Memo::new(move |_| matches!(remove.value().get(), Some(Ok(_))));
    Effect::new(move |_| {
        match remove.value().get() {
            None | Some(Err(Error::StepUpRequired { .. })) => return,
            // The row is removed, and with it the button that had the focus.
            Some(Ok(_)) => {
                outcome.get_untracked().map(|it| it.focus());
                account.read_again();
            }
            Some(Err(_)) => {}
        }
        page.passkeys.read_again();
    });
    let done = Signal::derive(move || match (resumed.busy.get(), removed.get()) {
        (true, _) => Some(format!("Removing “{}”…", name.get())),
        (false, true) => Some(format!("“{}” was removed.", name.get())),
        (false, false) => None,
    });
    let confirm = move |_| {
        if let (Some(passkey), false) =
            (page.removing.get_untracked(), resumed.busy.get_untracked())
        {
            remove.dispatch(DeletePasskey { id: passkey.id });
        }
        page.removing.set(None);
    };
    view! {
        <dialog node_ref=dialog aria-labelledby="remove-title" on:close=move |_| page.removing.set(None)>
            <h2 id="remove-title">"Remove “" {name} "”?"</h2>
            <p>
                "It will no longer sign you in here. Also delete it in your password manager or on your device: we cannot do that for you, and it would still be offered."
            </p>
            <div class="buttons">
                <button autofocus on:click=move |_| page.removing.set(None)>"Keep it"</button>
                <button class="danger" on:click=confirm>"Remove passkey"</button>
            </div>
        </dialog>
        <Success text=done node_ref=outcome/>
        <Alert problem=resumed.problem/>
    }
}

//! The rows of the page: a passkey, its name field, and the question before it is removed.

use super::{DeletePasskey, Passkey, Passkeys, RenamePasskey};
use crate::{
    account::current::CurrentAccount,
    date::{date, date_time},
    error::Error,
    step_up::Resumed,
    text::MAX_NAME_CHARS,
    ui::{Alert, BusyButton, CallForm, Reading, Success, hydrated, problem_of},
};
use leptos::{
    html::{Button, Dialog, Input, P},
    prelude::*,
    server_fn::ServerFn,
};

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Page {
    pub passkeys: Reading<Passkeys>,
    /// The passkey whose name is being edited; a new one asks for its name at once.
    pub renaming: RwSignal<Option<String>>,
    pub rename: ServerAction<RenamePasskey>,
    /// The passkey whose name field was closed: its button gets the focus, even in a new list.
    pub renamed: StoredValue<Option<String>>,
    /// The passkey that is about to be removed.
    pub removing: RwSignal<Option<Passkey>>,
    pub remove: ServerAction<DeletePasskey>,
    pub removal: Resumed,
    /// How many seconds are left before another one can be removed.
    pub wait: Signal<u64>,
}

impl Page {
    pub fn ask_name(self, id: String) {
        self.rename.clear();
        self.renamed.set_value(None);
        self.renaming.set(Some(id));
    }

    pub fn close_name(self) {
        self.rename.clear();
        self.renamed.set_value(self.renaming.get_untracked());
        self.renaming.set(None);
    }

    pub fn ask_removal(self, passkey: Passkey) {
        self.renamed.set_value(None);
        self.removing.set(Some(passkey));
    }
}

#[component]
pub fn Row(passkey: Passkey, page: Page) -> impl IntoView {
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
pub fn RemoveDialog(page: Page) -> impl IntoView {
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

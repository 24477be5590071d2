//! Settings › Passkeys.

use super::{
    DeletePasskey, Passkey, Passkeys, finish_add_passkey, list_passkeys, rename_passkey,
    start_add_passkey,
};
use crate::{
    auth::Me,
    browser,
    error::Result,
    step_up::{self, StepUp},
    ui::{Alert, Problem, date, hydrated},
};
use leptos::{
    html::{Dialog, Input},
    prelude::*,
    task::spawn_local,
};
use leptos_meta::Title;
use web_sys::SubmitEvent;

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    passkeys: Resource<Result<Passkeys>>,
    /// The passkey whose name is being edited; a new one asks for its name at once.
    renaming: RwSignal<Option<String>>,
    /// The passkey that is about to be removed.
    removing: RwSignal<Option<Passkey>>,
}

#[component]
pub fn PasskeysPage() -> impl IntoView {
    let page = Page {
        passkeys: Resource::new(|| (), |()| list_passkeys()),
        renaming: RwSignal::new(None),
        removing: RwSignal::new(None),
    };
    let me = expect_context::<Resource<Result<Me>>>();
    // Password managers learn which passkeys are still good whenever the list is read.
    Effect::new(move |_| {
        let (Some(Ok(list)), Some(Ok(me))) = (page.passkeys.get(), me.get()) else { return };
        let ids: Vec<_> = list.passkeys.into_iter().map(|passkey| passkey.credential_id).collect();
        spawn_local(async move {
            if let Some(handle) = me.user_handle {
                browser::signal_accepted(&me.rp_id, &handle, &ids).await;
            }
        });
    });
    let rows = move || {
        Suspend::new(async move {
            match page.passkeys.await {
                Ok(list) if list.passkeys.is_empty() => {
                    view! { <p class="empty">"No passkeys registered yet."</p> }.into_any()
                }
                Ok(list) => view! {
                    <ul class="rows">
                        {list.passkeys.into_iter().map(|passkey| view! { <Row passkey page/> }).collect_view()}
                    </ul>
                }
                .into_any(),
                Err(error) => view! { <Alert problem=Signal::stored(Some(Problem::from(error)))/> }.into_any(),
            }
        })
    };
    view! {
        <Title text="Passkeys"/>
        <h1 tabindex="-1">"Passkeys"</h1>
        <p class="lead">
            "A passkey signs you in with your fingerprint, face or screen lock. Keep one on each device that you use, so that losing a device never locks you out."
        </p>
        <section class="card" aria-label="Your passkeys">
            <Transition fallback=|| view! { <p class="empty">"Loading…"</p> }>{rows}</Transition>
            <AddPasskey page/>
        </section>
        <RemoveDialog page/>
    }
}

#[component]
fn AddPasskey(page: Page) -> impl IntoView {
    let step_up = expect_context::<StepUp>();
    let hydrated = hydrated();
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
                finish_add_passkey(credential).await.map_err(Problem::of_sent)
            }
            .await;
            busy.set(false);
            match outcome {
                Ok(added) => page.renaming.set(Some(added.id)),
                Err(why) => problem.set(Some(why)),
            }
            page.passkeys.refetch();
        });
    };
    view! {
        <Alert problem/>
        <button class="primary" disabled=move || !hydrated.get() aria-disabled=move || busy.get().to_string() on:click=add>
            {move || if busy.get() { "Waiting for device…" } else { "Add Passkey" }}
        </button>
    }
}

#[component]
fn Row(passkey: Passkey, page: Page) -> impl IntoView {
    let id = StoredValue::new(passkey.id.clone());
    let shown = StoredValue::new(passkey.clone());
    let renaming = Memo::new(move |_| page.renaming.get().as_ref() == Some(&id.get_value()));
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
                            <button aria-label=rename on:click=move |_| page.renaming.set(Some(id.get_value()))>
                                "Rename"
                            </button>
                            <button
                                class="danger"
                                aria-label=remove
                                on:click=move |_| page.removing.set(Some(shown.get_value()))
                            >
                                "Remove"
                            </button>
                        </div>
                    }
                }
            >
                <Rename passkey=shown.get_value() page/>
            </Show>
            <p class="facts">{format!("Added {} · {used} · {kept}", date(passkey.created_at))}</p>
        </li>
    }
}

#[component]
fn Rename(passkey: Passkey, page: Page) -> impl IntoView {
    let name = RwSignal::new(passkey.name);
    let problem = RwSignal::new(None::<Problem>);
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.focus().ok();
            field.select();
        }
    });
    let id = StoredValue::new(passkey.id);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        spawn_local(async move {
            match rename_passkey(id.get_value(), name.get_untracked()).await {
                Ok(_) => {
                    page.renaming.set(None);
                    page.passkeys.refetch();
                }
                Err(error) => problem.set(Some(error.into())),
            }
        });
    };
    view! {
        <form class="inline" on:submit=save>
            <label>"Name this passkey" <input node_ref=field name="name" required maxlength="64" bind:value=name/></label>
            <div class="buttons">
                <button class="primary">"Save"</button>
                <button type="button" on:click=move |_| page.renaming.set(None)>"Cancel"</button>
            </div>
            <Alert problem/>
        </form>
    }
}

/// Asks before a passkey goes, and says what the server cannot do for its user.
#[component]
fn RemoveDialog(page: Page) -> impl IntoView {
    let remove = ServerAction::<DeletePasskey>::new();
    let resumed = step_up::resume(remove);
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match page.removing.get() {
            Some(_) => drop(dialog.show_modal()),
            None => dialog.close(),
        }
    });
    Effect::new(move |_| {
        if matches!(remove.value().get(), Some(Ok(_))) {
            page.passkeys.refetch();
        }
    });
    let confirm = move |_| {
        if let Some(passkey) = page.removing.get_untracked() {
            remove.dispatch(DeletePasskey { id: passkey.id });
        }
        page.removing.set(None);
    };
    let name = move || page.removing.get().map(|passkey| passkey.name);
    view! {
        <dialog node_ref=dialog aria-labelledby="remove-title" on:close=move |_| page.removing.set(None)>
            <h2 id="remove-title">"Remove “" {name} "”?"</h2>
            <p>
                "It will no longer sign you in here. Also delete it in your password manager or on your device: we cannot do that for you, and it would still be offered."
            </p>
            <div class="buttons">
                <button class="danger" on:click=confirm>"Remove passkey"</button>
                <button on:click=move |_| page.removing.set(None)>"Keep it"</button>
            </div>
        </dialog>
        <Alert problem=resumed.problem/>
    }
}

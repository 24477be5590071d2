//! Settings › Passkeys.

use super::{
    Passkey, finish_add_passkey, list_passkeys,
    rows::{Page, RemoveDialog, Row},
    start_add_passkey,
};
use crate::{
    account::{Me, current::CurrentAccount},
    browser,
    error::{Error, Result},
    settings::page::{EndOthers, SettingsNav},
    step_up::{self, StepUp},
    ui::{
        Alert, BusyButton, NeedsScripts, PageHeading, Problem, ReadAgain, Reading, problem_of,
        retry_countdown,
    },
};
use leptos::{prelude::*, task::spawn_local};

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

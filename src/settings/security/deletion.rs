//! Deleting the account.

use crate::{
    account::current::CurrentAccount,
    error::Error,
    settings::DeleteAccount,
    step_up,
    ui::{Alert, CallForm, go_to, hydrated, retry_countdown, value_of},
};
use leptos::{html::Input, prelude::*};

#[component]
pub fn Deletion(email: String) -> impl IntoView {
    let delete = ServerAction::<DeleteAccount>::new();
    let resumed = step_up::resume(delete);
    let hydrated = hydrated();
    let field = NodeRef::<Input>::new();
    let typed = value_of(field, "");
    let asked = email.clone();
    let left = retry_countdown(resumed.problem);
    let matches_email = move || typed.get().trim().to_lowercase() == email;
    let account = expect_context::<CurrentAccount>();
    // Leaves once the account is gone, even if the answer that says so was lost.
    Effect::new(move |_| match delete.value().get() {
        Some(Ok(_)) => go_to("/"),
        Some(Err(Error::Offline)) if account.is_gone() => go_to("/"),
        _ => {}
    });
    view! {
        <section class="card" aria-labelledby="end-title">
            <h2 id="end-title">"Delete the account"</h2>
            <p class="hint">
                "Everything that is yours is deleted."
                " Your demo money goes back to where it came from, and receipts stay with those whom you have paid or who have paid you." // with: transfer
                " This cannot be undone."
            </p>
            <CallForm action=delete busy=resumed.busy>
                <label>
                    {format!("Type {asked} to confirm")}
                    <input node_ref=field autocomplete="off" spellcheck="false" bind:value=typed/>
                </label>
                <button
                    class="danger"
                    disabled=move || !hydrated.get() || !matches_email() || left.get() != 0
                >
                    "Delete my account"
                </button>
                <Alert problem=resumed.problem/>
            </CallForm>
        </section>
    }
}

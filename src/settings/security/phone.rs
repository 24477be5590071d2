//! Changing the phone number.

use crate::{
    account::current::CurrentAccount,
    settings::ChangePhone,
    step_up,
    ui::{Alert, BusyButton, CallForm},
};
use leptos::prelude::*;

#[component]
pub fn PhoneNumber(phone: Memo<Option<String>>) -> impl IntoView {
    let change = ServerAction::<ChangePhone>::new();
    let resumed = step_up::resume(change);
    let account = expect_context::<CurrentAccount>();
    // Another attempt that fails must not bring back the number before.
    Effect::new(move |_| {
        if matches!(change.value().get(), Some(Ok(_))) {
            account.read_again();
        }
    });
    let changed = move || match change.value().get() {
        Some(Ok(changed)) => Some(changed.phone),
        _ => None,
    };
    let now = move || match changed().or_else(|| phone.get()) {
        Some(phone) => format!("Your number is {phone}."),
        None => "You have not given a number.".to_owned(),
    };
    view! {
        <section class="card" aria-labelledby="phone-title">
            <h2 id="phone-title">"Phone number"</h2>
            <p role="status">{now}</p>
            <CallForm action=change busy=resumed.busy>
                <label>
                    "New phone number"
                    <input type="tel" name="phone" required autocomplete="tel" placeholder="+44 20 7946 0000"/>
                </label>
                <BusyButton label="Change number" working="Working…" busy=resumed.busy problem=resumed.problem class="" needs_scripts=false/>
                <Alert problem=resumed.problem/>
            </CallForm>
        </section>
    }
}

//! Setting, changing and removing the password.

use crate::{
    account::current::CurrentAccount,
    date::date_time,
    settings::{RemovePassword, SetPassword},
    step_up,
    ui::{Alert, BusyButton, CallForm, NewPassword, Success, go_to},
};
use leptos::{html::Form, prelude::*};

#[component]
pub fn Password(recovering: bool) -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let set = ServerAction::<SetPassword>::new();
    let resumed = step_up::resume(set);
    let form = NodeRef::<Form>::new();
    Effect::new(move |_| {
        if let (Some(Ok(_)), Some(form)) = (set.value().get(), form.get_untracked()) {
            if recovering {
                return go_to("/signin?mended=password");
            }
            form.reset();
            account.read_again();
        }
    });
    let done = Signal::derive(move || {
        let done = !resumed.busy.get() && matches!(set.value().get(), Some(Ok(_)));
        done.then(|| "Your password is set. You are signed out everywhere else.".to_owned())
    });
    let hint = move || {
        let account = account.get()?;
        Some(match account.password_settled_at {
            _ if recovering => "A password of your own choice, instead of a passkey.".to_owned(),
            Some(at) => format!(
                "Your password was set after a recovery. It signs you in, and can confirm something from {}; until then the one before works too.",
                date_time(at),
            ),
            None if account.has_password => {
                "You have a password. Changing it signs you out everywhere else.".to_owned()
            }
            None => {
                "A password is another way in where you have no passkey. It cannot confirm what takes a passkey."
                    .to_owned()
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <p class="hint">{hint}</p>
            <CallForm action=set busy=resumed.busy node_ref=form>
                <NewPassword label="New password" name="new_password"/>
                <BusyButton
                    label="Set password"
                    working="Working…"
                    busy=resumed.busy
                    problem=resumed.problem
                    class=""
                    needs_scripts=false
                />
                <Alert problem=resumed.problem/>
                <Success text=done/>
            </CallForm>
        </section>
    }
}

/// Removes the password: without one, nobody can steal it.
#[component]
pub fn PasswordRemoval() -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let remove = ServerAction::<RemovePassword>::new();
    let resumed = step_up::resume(remove);
    Effect::new(move |_| {
        if matches!(remove.value().get(), Some(Ok(_))) {
            account.read_again();
        }
    });
    let has_password = Memo::new(move |_| account.get().is_some_and(|it| it.has_password));
    let has_settled_passkey =
        Memo::new(move |_| account.get().is_some_and(|it| it.has_settled_passkey));
    let removed =
        Memo::new(move |_| !resumed.busy.get() && matches!(remove.value().get(), Some(Ok(_))));
    let done = Signal::derive(move || {
        removed
            .get()
            .then(|| "Your password is removed. You are signed out everywhere else.".to_owned())
    });
    view! {
        <section
            class="card"
            aria-labelledby="remove-password-title"
            hidden=move || !has_password.get() && !removed.get()
        >
            <h2 id="remove-password-title">"Remove the password"</h2>
            <p class="hint">
                {move || if has_settled_passkey.get() {
                    "Without a password nobody can steal one. Your passkeys and recovery codes sign you in, and you are signed out everywhere else."
                } else {
                    "Add a passkey first. Once it can confirm something you can remove your password with it."
                }}
            </p>
            <Show when=move || has_password.get() && has_settled_passkey.get()>
                <CallForm action=remove busy=resumed.busy>
                    <BusyButton
                        label="Remove password"
                        working="Working…"
                        busy=resumed.busy
                        problem=resumed.problem
                        class="danger"
                    />
                </CallForm>
            </Show>
            <Alert problem=resumed.problem/>
            <Success text=done/>
        </section>
    }
}

//! Settings › Security: password, recovery codes, phone number, deletion of the account. A recovery
//! session sees only what adds a way to sign in.

mod codes;
mod deletion;
mod password;
mod phone;

use self::{
    codes::RecoveryCodes,
    deletion::Deletion,
    password::{Password, PasswordRemoval},
    phone::PhoneNumber,
};
use super::{
    CodesLeft, GenerateCodes, count_codes,
    page::SettingsNav,
    passkeys::{Passkey, page::AddPasskey},
};
use crate::{
    account::{Me, current::CurrentAccount},
    error::Result,
    ui::{NeedsScripts, PageHeading, ReadAgain, Reading, go_to},
};
use leptos::prelude::*;

#[component]
pub fn SecurityPage() -> impl IntoView {
    let me = expect_context::<Resource<Result<Me>>>();
    let generate = ServerAction::<GenerateCodes>::new();
    let codes_left = Reading::new(move || generate.version().get(), |_| count_codes());
    // The first reading decides: the parts of the page stay while what they show is read again.
    let page = move || {
        Some(match me.get()?.ok()?.account?.recovering {
            true => view! { <Recovering/> }.into_any(),
            false => view! { <Security generate codes_left/> }.into_any(),
        })
    };
    view! { <Transition>{page}</Transition> }
}

/// For a user who signed in by recovery code: adds a way to sign in, then leads on to sign in with it.
#[component]
fn Recovering() -> impl IntoView {
    let added = move |passkey: Option<Passkey>| {
        if passkey.is_some() {
            go_to("/signin?mended=passkey");
        }
    };
    view! {
        <PageHeading title="Get back in" description="Add a passkey or set a password after using a recovery code."/>
        <p class="lead">
            "You used a recovery code. Add a passkey or set a password; then you are signed out, and sign in with it."
        </p>
        <p class="hint">
            "For your safety it only signs you in at first: it can confirm something after a while, and Settings says from when. Until then whoever has one of your older passkeys, or your password, can undo it."
        </p>
        <section class="card" aria-labelledby="passkey-title">
            <h2 id="passkey-title">"Passkey"</h2>
            <AddPasskey tried=added/>
            <NeedsScripts/>
        </section>
        <Password recovering=true/>
    }
}

#[component]
fn Security(
    generate: ServerAction<GenerateCodes>,
    codes_left: Reading<CodesLeft>,
) -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let phone = Memo::new(move |_| account.get().and_then(|it| it.phone));
    let email = untrack(|| account.get()).map(|it| it.user.email).unwrap_or_default();
    view! {
        <SettingsNav/>
        <PageHeading title="Security" description="Set a password, make recovery codes, or delete your Latchkey account."/>
        <ReadAgain reading=codes_left/>
        <Password recovering=false/>
        <PasswordRemoval/>
        <RecoveryCodes generate codes_left/>
        <PhoneNumber phone/>
        <Deletion email/>
        <NeedsScripts/>
    }
}

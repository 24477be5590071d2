//! Settings › Security: password, recovery codes, phone, the end of the account. In a recovery
//! session only what mends how its user signs in.

use super::{ChangePhone, DeleteAccount, page::SettingsNav};
use crate::{
    auth::{CodesLeft, GenerateCodes, Me, MyAccount, SetPassword, count_codes},
    browser,
    error::Result,
    passkeys::{Passkey, page::AddPasskey},
    step_up,
    ui::{Alert, BusyButton, CallForm, NeedsScripts, PageHeading, go_to, hydrated},
};
use leptos::{html::Ol, prelude::*};

#[component]
pub fn SecurityPage() -> impl IntoView {
    let me = expect_context::<Resource<Result<Me>>>();
    let generate = ServerAction::<GenerateCodes>::new();
    let codes_left = Resource::new(move || generate.version().get(), |_| count_codes());
    let page = move || {
        let account = me.get()?.ok()?.account?;
        Some(if account.recovering {
            view! { <Recovering/> }.into_any()
        } else {
            view! { <Security account generate codes_left/> }.into_any()
        })
    };
    view! { <Transition>{page}</Transition> }
}

/// Whoever came in by a recovery code: a new way to sign in, and out again.
#[component]
fn Recovering() -> impl IntoView {
    let added = RwSignal::new(false);
    let tried = move |passkey: Option<Passkey>| added.update(|it| *it |= passkey.is_some());
    view! {
        <PageHeading title="Get back in"/>
        <p class="lead">
            "You used a recovery code. Add a passkey or set a password, then sign out and sign in with it. Nothing else can be done until then."
        </p>
        <section class="card" aria-labelledby="passkey-title">
            <h2 id="passkey-title">"Passkey"</h2>
            <p class="hint">"For your safety a passkey that you add now cannot confirm transfers for a while. Settings › Passkeys says until when."</p>
            <AddPasskey tried/>
            <p role="status" class="success">
                {move || added.get().then_some("Your passkey is added. Sign out, then sign in with it.")}
            </p>
            <NeedsScripts/>
        </section>
        <Password has_password=false/>
    }
}

#[component]
fn Security(
    account: MyAccount,
    generate: ServerAction<GenerateCodes>,
    codes_left: Resource<Result<CodesLeft>>,
) -> impl IntoView {
    view! {
        <SettingsNav/>
        <PageHeading title="Security"/>
        <Password has_password=account.has_password/>
        <RecoveryCodes generate codes_left/>
        <PhoneNumber phone=account.phone/>
        <End email=account.user.email/>
        <NeedsScripts/>
    }
}

#[component]
fn Password(has_password: bool) -> impl IntoView {
    let set = ServerAction::<SetPassword>::new();
    let resumed = step_up::resume(set);
    let done = move || !resumed.busy.get() && matches!(set.value().get(), Some(Ok(_)));
    view! {
        <section class="card" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <p class="hint">
                {if has_password {
                    "You have a password. Changing it signs you out everywhere else."
                } else {
                    "A password is another way in where you have no passkey. It cannot confirm transfers."
                }}
            </p>
            <CallForm action=set busy=resumed.busy>
                <label>
                    "New password"
                    <input
                        type="password"
                        name="new_password"
                        required
                        minlength="15"
                        autocomplete="new-password"
                        aria-describedby="new-password-hint"
                    />
                </label>
                <p id="new-password-hint" class="hint">"At least 15 characters; a few words are fine."</p>
                <BusyButton
                    label=if has_password { "Change password" } else { "Set password" }
                    working="Working…"
                    busy=resumed.busy
                    class=""
                    needs_scripts=false
                />
                <Alert problem=resumed.problem/>
                <p role="status" class="success">
                    {move || done().then_some("Your password is set. You are signed out everywhere else.")}
                </p>
            </CallForm>
        </section>
    }
}

#[component]
fn RecoveryCodes(
    generate: ServerAction<GenerateCodes>,
    codes_left: Resource<Result<CodesLeft>>,
) -> impl IntoView {
    let resumed = step_up::resume(generate);
    let codes = move || match generate.value().get() {
        Some(Ok(made)) => Some(made.codes),
        _ => None,
    };
    view! {
        <section class="card" aria-labelledby="codes-title">
            <h2 id="codes-title">"Recovery codes"</h2>
            <p class="hint">
                "Each code gets you back in once when every passkey is lost. Keep them on paper, away from your devices."
            </p>
            <Transition fallback=|| ()>
                <p>
                    {move || Suspend::new(async move {
                        codes_left.await.map(|left| match left.remaining {
                            0 => "You have no codes.".to_owned(),
                            1 => "You have 1 code left.".to_owned(),
                            more => format!("You have {more} codes left."),
                        }).unwrap_or_default()
                    })}
                </p>
            </Transition>
            <CallForm action=generate busy=resumed.busy>
                <BusyButton
                    label="Make new codes"
                    working="Working…"
                    busy=resumed.busy
                    class=""
                />
                <p class="hint">"New codes replace all old ones."</p>
                <Alert problem=resumed.problem/>
            </CallForm>
            {move || codes().map(|codes| view! { <Codes codes/> })}
        </section>
    }
}

/// The codes, this once.
#[component]
fn Codes(codes: Vec<String>) -> impl IntoView {
    let list = NodeRef::<Ol>::new();
    let text = StoredValue::new(codes.join("\n"));
    let copied = RwSignal::new(false);
    // What was just made is the next thing to read.
    Effect::new(move |_| {
        list.get().map(|list| list.focus());
    });
    view! {
        <div class="codes">
            <p><strong>"Save these codes now. They are not shown again."</strong></p>
            <ol node_ref=list tabindex="-1" aria-label="Your recovery codes">
                {codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
            </ol>
            <div class="buttons">
                <button on:click=move |_| {
                    browser::copy(&text.get_value());
                    copied.set(true);
                }>"Copy"</button>
                <button on:click=move |_| browser::save("latchkey-recovery-codes.txt", "text/plain", &text.get_value())>
                    "Download"
                </button>
                <button on:click=move |_| drop(window().print())>"Print"</button>
            </div>
            <p role="status" class="success">{move || copied.get().then_some("Copied.")}</p>
        </div>
    }
}

#[component]
fn PhoneNumber(phone: Option<String>) -> impl IntoView {
    let change = ServerAction::<ChangePhone>::new();
    let resumed = step_up::resume(change);
    let changed = move || match change.value().get() {
        Some(Ok(changed)) => Some(changed.phone),
        _ => None,
    };
    let now = move || match changed().or_else(|| phone.clone()) {
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
                <BusyButton label="Change number" working="Working…" busy=resumed.busy class="" needs_scripts=false/>
                <Alert problem=resumed.problem/>
            </CallForm>
        </section>
    }
}

#[component]
fn End(email: String) -> impl IntoView {
    let delete = ServerAction::<DeleteAccount>::new();
    let resumed = step_up::resume(delete);
    let hydrated = hydrated();
    let typed = RwSignal::new(String::new());
    let asked = email.clone();
    let matches_email = move || typed.get().trim().to_lowercase() == email;
    Effect::new(move |_| {
        if matches!(delete.value().get(), Some(Ok(_))) {
            go_to("/");
        }
    });
    view! {
        <section class="card" aria-labelledby="end-title">
            <h2 id="end-title">"Delete the account"</h2>
            <p class="hint">
                "Everything that is yours is deleted, and your demo money goes back to where it came from. This cannot be undone."
            </p>
            <CallForm action=delete busy=resumed.busy>
                <label>
                    {format!("Type {asked} to confirm")}
                    <input autocomplete="off" spellcheck="false" bind:value=typed/>
                </label>
                <button class="danger" disabled=move || !hydrated.get() || !matches_email()>
                    "Delete my account"
                </button>
                <Alert problem=resumed.problem/>
            </CallForm>
        </section>
    }
}

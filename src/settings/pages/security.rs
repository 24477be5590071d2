//! Settings › Security: everything beside the passkeys. A recovery session sees only the changes that it
//! may make.

use super::{Heading, passkeys::AddPasskey};
use crate::{
    account::MyAccount,
    date::date_time,
    error::Result,
    server::session::User,
    text::percent_encoded,
    totp::pages::{LostApp, OneTimeCodes, Status}, // with: totp
    ui::{
        Exact, GatedForm, NeedsScripts, Outcome, Page, PasswordField, Setting, Visit, glyph, render,
    },
};
use leptos::prelude::*;

pub async fn page(visit: Visit) -> Result<Page> {
    let account = visit.own_account()?.clone();
    let one_time_codes = Status::find(&visit).await?; // with: totp
    if account.recovering {
        return Ok(Page::new(
            "Get back in",
            "Add a passkey or set a password after a recovery.",
            move || {
                view! {
                    <Recovering/>
                    <LostApp status=one_time_codes/> // with: totp
                }
            },
        ));
    }
    Ok(Page::new(
        "Security",
        "Set a password and make recovery codes for your Latchkey account.",
        move || {
            let is_removable = account.has_password;
            let is_confirmed = account.email_confirmed; // with: mail
            view! {
                <Heading path="/settings/security" lead="What gets you in besides your passkeys, and back in when they are lost."/>
                // with: mail {
                {(!is_confirmed).then(|| view! {
                    <p class="hint">"These ask for your e-mail address, so " <a href="/settings/account">"confirm it"</a> " first."</p>
                })}
                // with: mail }
                <Password account=account.clone()/>
                {is_removable.then(|| view! { <PasswordRemoval has_settled_passkey=account.has_settled_passkey/> })}
                <OneTimeCodes status=one_time_codes/> // with: totp
                <RecoveryCodes left=account.codes_left/>
                <SignInByMail is_confirmed=account.email_confirmed is_on=account.mail_sign_in/> // with: mail
                <NeedsScripts/>
            }
        },
    ))
}

/// For a user who signed in by recovery code: adds a way to sign in, then leads on to sign in with it.
#[component]
fn Recovering() -> impl IntoView {
    view! {
        <h1 tabindex="-1">"Get back in"</h1>
        <p class="lead">
            "You are back in. Add a passkey or set a password; then you are signed out, and sign in with it."
        </p>
        <p class="hint">
            "For your safety it only signs you in at first: it can confirm something after a while, and Settings says from when. Until then whoever has one of your older passkeys, or your password, can undo it."
        </p>
        <section id="passkey" class="card" aria-labelledby="passkey-title">
            <h2 id="passkey-title">"Passkey"</h2>
            <AddPasskey recovering=true/>
        </section>
        <section id="password" class="card" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <p class="hint">"A password of your own choice, instead of a passkey."</p>
            <SetPassword recovering=true/>
        </section>
    }
}

#[component]
fn SetPassword(#[prop(optional)] recovering: bool) -> impl IntoView {
    view! {
        <GatedForm action="/api/password/set" button="Set password" recovering>
            <PasswordField label="New password" name="new_password" new=true/>
        </GatedForm>
    }
}

#[component]
fn Password(account: MyAccount) -> impl IntoView {
    let hint = match account.password_settled_at {
        Some(at) => view! {
            "Your password was set after a recovery. It signs you in, and can confirm something from " <Exact at/>
            "; until then the one before works too."
        }
        .into_any(),
        None if account.has_password => {
            "You have a password. Changing it signs you out everywhere else.".into_any()
        }
        None => {
            "A password is another way in where you have no passkey. It cannot confirm what takes a passkey.".into_any()
        }
    };
    let label = if account.has_password { "Change it" } else { "Set one" };
    view! {
        <Setting id="password" icon=glyph::PASSWORD title="Password" hint=hint>
            <details id="set-password">
                <summary class="button quiet">{label}</summary>
                <SetPassword/>
            </details>
            <Outcome/>
        </Setting>
    }
}

/// Without a password nobody can steal one.
#[component]
fn PasswordRemoval(has_settled_passkey: bool) -> impl IntoView {
    let hint = if has_settled_passkey {
        "Without a password nobody can steal one. Your passkeys and recovery codes sign you in, and you are signed out everywhere else."
    } else {
        "Add a passkey first. Once it can confirm something you can remove your password with it."
    };
    view! {
        <Setting id="remove-password" icon=glyph::DELETE title="Remove the password" hint=hint.into_any()>
            {has_settled_passkey.then(|| view! {
                <GatedForm action="/api/password/remove" button="Remove password" class="quiet"/>
            })}
        </Setting>
    }
}

// with: mail {
#[component]
fn SignInByMail(is_confirmed: bool, is_on: bool) -> impl IntoView {
    let hint = match (is_confirmed, is_on) {
        (false, _) => "Confirm your e-mail address first. Then a code by mail can sign you in.",
        (true, true) => {
            "A code by mail signs you in, and confirms nothing. Without it only your passkeys and your password do."
        }
        (true, false) => "No mail signs you in.",
    };
    view! {
        <Setting id="mail-sign-in" icon=glyph::MAIL title="Sign in by mail" hint=hint.into_any()>
            {is_confirmed.then(|| view! {
                <GatedForm action="/api/account/mail-sign-in" button=if is_on { "Switch it off" } else { "Switch it on" } class="quiet">
                    <input type="hidden" name="enabled" value=(!is_on).to_string()/>
                </GatedForm>
            })}
        </Setting>
    }
}

// with: mail }
#[component]
fn RecoveryCodes(left: i64) -> impl IntoView {
    let left = match left {
        0 => "You have no codes.".to_owned(),
        1 => "You have 1 code left.".to_owned(),
        more => format!("You have {more} codes left."),
    };
    let hint = view! {
        {left} " Each gets you back in once when every passkey is lost. Keep them on paper, away from your devices. New codes replace all old ones."
    };
    view! {
        <Setting id="codes" icon=glyph::RECOVERY title="Recovery codes" hint=hint.into_any()>
            <GatedForm action="/api/recovery/generate" button="Make new codes" class="quiet"/>
            <div id="new-codes" class="once" data-once></div>
        </Setting>
    }
}

/// New codes as the page shows them, once, with what tells them apart from those of other accounts and
/// sites.
pub fn codes(user: &User, codes: &[String]) -> String {
    let title = "Latchkey recovery codes";
    let about = [
        format!("Account: {}", user.email),
        format!("Site: {}", user.request.config.origin()),
        format!("Made: {}", date_time(user.request.clock.now())),
    ];
    let text = format!("{title}\n{}\n\n{}\n", about.join("\n"), codes.join("\n"));
    let file = format!("data:text/plain;charset=utf-8,{}", percent_encoded(&text));
    render(&user.request, || {
        view! {
            <div class="codes">
                <p class="on-screen"><strong>"Save these codes now. They are not shown again."</strong></p>
                <h3>{title}</h3>
                <ul class="about">{about.map(|line| view! { <li>{line}</li> }).into_iter().collect_view()}</ul>
                <ol tabindex="-1" aria-label="Your recovery codes">
                    {codes.iter().map(|code| view! { <li><code>{code.clone()}</code></li> }).collect_view()}
                </ol>
                <pre id="codes-text" hidden>{text}</pre>
                <div class="buttons">
                    <button type="button" data-does="copy" aria-controls="codes-text">"Copy"</button>
                    <a class="button" href=file download="latchkey-recovery-codes.txt">"Download"</a>
                    <button type="button" data-does="print">"Print"</button>
                </div>
                <Outcome/>
            </div>
        }
    })
}

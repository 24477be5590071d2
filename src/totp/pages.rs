//! The page and the pieces of pages that one-time codes have.

use super::rows::{self, Enrolment};
use crate::{
    auth::second_factor,
    error::{Error, Result},
    server::session::User,
    ui::{CallForm, Exact, Field, GatedForm, Outcome, Page, Setting, Visit, glyph, render},
};
use leptos::prelude::*;
use qrcode::{QrCode, render::svg};

/// After a first factor, for accounts with one-time codes.
pub async fn sign_in(visit: Visit) -> Result<Page> {
    let is_open = second_factor::is_open(&visit.request).await?;
    Ok(Page::new("One-time code", "Type the code of your app to sign in to Latchkey.", move || {
        if !is_open {
            return view! {
                <section class="card narrow">
                    <h1 tabindex="-1">"Sign in again"</h1>
                    <p class="lead">"That took too long. Begin again with your password, or another way to sign in."</p>
                    <a class="button primary wide" href="/signin">"Sign in"</a>
                </section>
            }
            .into_any();
        }
        view! {
            <section class="card narrow">
                <h1 tabindex="-1">"One-time code"</h1>
                <p class="lead">"Type the code that your authenticator app shows now."</p>
                <CallForm action="/api/signin/totp" button="Sign in" busy="Checking…" class="primary wide">
                    <OneTimeCode/>
                </CallForm>
                <p class="aside">"Lost the app? " <a href="/signin/recovery">"Use a recovery code"</a></p>
                <p class="aside"><a href="/signin">"Other ways to sign in"</a></p>
            </section>
        }
        .into_any()
    }))
}

/// A field for the six digits that an authenticator app shows.
#[component]
pub fn OneTimeCode() -> impl IntoView {
    view! {
        <Field label="Six digits from your app" name="code" autocomplete="one-time-code" inputmode="numeric" placeholder="123 456" kept=false/>
    }
}

/// Whether an account has one-time codes.
#[derive(Clone, Copy)]
pub enum Status {
    Off,
    /// They count from this time on (milliseconds since 1970 UTC).
    Waiting(i64),
    On,
    /// A recovery has switched them off from this time on.
    Ending(i64),
}

impl Status {
    pub async fn find(visit: &Visit) -> Result<Self> {
        let user_id = &visit.own_account()?.user.id;
        let now = visit.request.clock.now();
        Ok(match rows::times(visit.request.db.reader(), user_id, now).await? {
            None => Self::Off,
            Some((_, Some(end))) => Self::Ending(end),
            Some((begin, None)) if begin > now => Self::Waiting(begin),
            Some(_) => Self::On,
        })
    }
}

/// The part of Settings › Security.
#[component]
pub fn OneTimeCodes(status: Status) -> impl IntoView {
    let hint = match status {
        Status::Waiting(at) => view! {
            "They are on. They can confirm something, and are asked for when you sign in without a passkey, from "
            <Exact at/> "."
        }
        .into_any(),
        Status::Ending(at) => view! {
            "A recovery has switched them off from " <Exact at/> " on. Until then they are asked for when you sign in without a passkey."
        }
        .into_any(),
        Status::On => {
            "They are on: without a passkey you sign in only with the code of your app, or with a recovery code.".into_any()
        }
        Status::Off => "An app shows a new code every half minute. With it a stolen password opens nothing.".into_any(),
    };
    let is_on = !matches!(status, Status::Off);
    let label = if is_on { "Use another app" } else { "Set them up" };
    view! {
        <Setting id="totp" icon=glyph::HANDHELD title="One-time codes" hint>
            <div class="buttons">
                <GatedForm action="/api/totp/start" button=label class="quiet"/>
                {is_on.then(|| view! { <GatedForm action="/api/totp/remove" button="Switch them off" class="quiet"/> })}
            </div>
            <div id="new-totp" class="once" data-once></div>
            <Outcome/>
        </Setting>
    }
}

/// For a user who signed in by recovery code since the app is lost.
#[component]
pub fn LostApp(status: Status) -> impl IntoView {
    let is_on = matches!(status, Status::On | Status::Waiting(_));
    is_on.then(|| {
        view! {
            <section id="totp" class="card" aria-labelledby="totp-title">
                <h2 id="totp-title">"One-time codes"</h2>
                <p class="hint">
                    "If it is your authenticator app that is lost: a passkey signs in without its codes, a password does not. You can switch the codes off instead. That takes effect after a while, and you are told; until then it can be undone."
                </p>
                <GatedForm action="/api/totp/remove" button="Switch them off" recovering=true/>
            </section>
        }
    })
}

/// A new secret as the page shows it, once.
pub fn new_totp(user: &User, enrolment: &Enrolment) -> Result<String> {
    let code = QrCode::new(&enrolment.uri).map_err(|_| Error::Internal)?;
    let svg = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    // A page holds the drawing alone, without what makes it a document of its own.
    let svg = svg.split_once("?>").map_or(svg.as_str(), |(_, drawing)| drawing).to_owned();
    let (uri, secret) = (enrolment.uri.clone(), enrolment.secret.clone());
    Ok(render(&user.request, || {
        view! {
            <div class="codes">
                <p tabindex="-1"><strong>"Scan this with an authenticator app, then type the code that it shows."</strong></p>
                <div class="qr" role="img" aria-label="QR code with the secret" inner_html=svg></div>
                <p class="hint">
                    "Is the app on this device? " <a href=uri>"Open it"</a> ", or type this into it: " <code>{secret}</code>
                </p>
                <CallForm action="/api/totp/confirm" button="Switch them on" busy="Checking…" class="primary">
                    <OneTimeCode/>
                </CallForm>
            </div>
        }
    }))
}

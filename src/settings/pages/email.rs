//! The e-mail address in Settings › Account, and the way to prove it or another one.

use crate::{
    account::claims::Claim,
    error::Result,
    mail::codes::{self, Purpose},
    ui::{CallForm, Field, GatedForm, MailedCode, Outcome, Refused, Setting, Visit, glyph},
};
use leptos::prelude::*;

pub struct Email {
    email: String,
    is_confirmed: bool,
    /// The address to which this browser has had a code sent.
    asked: Option<String>,
    /// What the link in the mail fills in.
    code: Option<String>,
}

impl Email {
    pub async fn find(visit: &Visit) -> Result<Self> {
        let account = visit.own_account()?;
        let (request, user) = (&visit.request, &account.user);
        let asked = codes::open::<Claim>(request, Purpose::ConfirmAddress, &user.id).await?;
        Ok(Self {
            email: user.email.clone(),
            is_confirmed: account.email_confirmed,
            asked: asked.map(|claim| claim.email),
            code: request.query("code"),
        })
    }

    pub fn show(self) -> AnyView {
        let Self { email, is_confirmed, asked, code } = self;
        let state = if is_confirmed { "confirmed" } else { "not confirmed" };
        let hint = if is_confirmed {
            "It gets you back in when everything else is lost."
        } else {
            "Until you confirm it, it cannot get you back in."
        };
        let own = view! { {email} " " <span class="tag">{state}</span> }.into_any();
        let more = view! {
            {hint}
            " People can pay you by a confirmed address alone." // with: transfer
        }
        .into_any();
        // Two forms make the same call: one about another address, one about the account's own.
        let is_refused = Refused::find("/api/email/start", "another").is_here();
        view! {
            <Setting id="email" icon=glyph::MAIL title="E-mail address" hint=own more>
                <details id="change-email" open=is_refused>
                    <summary class="button quiet">"Change it"</summary>
                    <CallForm action="/api/email/start" button="Send a code to it" busy="Sending…" about="another">
                        <Field label="New e-mail address" name="email" kind="email" autocomplete="email"/>
                    </CallForm>
                </details>
                {asked.clone().map(|asked| view! {
                    <div id="confirm-email">
                        <p role="status">"We have mailed a code to " <strong>{asked}</strong> ". Type it here within 15 minutes."</p>
                        <GatedForm action="/api/email/confirm" button="Confirm the address" class="primary" icon=glyph::MAIL>
                            <MailedCode code/>
                        </GatedForm>
                    </div>
                })}
                {(!is_confirmed).then(|| view! {
                    <CallForm
                        action="/api/email/start"
                        button=if asked.is_some() { "Send another code" } else { "Send a code" }
                        busy="Sending…"
                        class="quiet"
                        about="own"
                    />
                })}
                <Outcome/>
            </Setting>
        }
        .into_any()
    }
}

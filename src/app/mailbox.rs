//! The mailbox of developers: on http://localhost no mail is sent, and this page shows it instead. It exists
//! nowhere else.

use crate::{
    error::{Error, Result},
    mail::{
        Part,
        outbox::{self, Mail},
    },
    server::config::Config,
    ui::{Exact, Page, Visit},
};
use leptos::prelude::*;

/// The most mails that it shows.
const MAX_MAILS: i64 = 100;

/// It shows codes that sign anybody in, so it is closed where other machines reach the server.
pub fn is_open(config: &Config) -> bool {
    !config.is_https() && config.site_addr.ip().is_loopback()
}

pub async fn page(visit: Visit) -> Result<Page> {
    if !is_open(&visit.request.config) {
        return Err(Error::NotFound);
    }
    let mails = outbox::waiting(&visit.request, MAX_MAILS).await?;
    Ok(Page::new("Mailbox", "The mail that would have been sent, newest first.", move || {
        let is_empty = mails.is_empty();
        view! {
            <h1 tabindex="-1">"Mailbox"</h1>
            <p class="lead">"For developers: the mail that would have been sent, newest first."</p>
            {is_empty.then(|| view! { <p class="hint">"No mail yet."</p> })}
            {mails.into_iter().map(|mail| view! { <Shown mail/> }).collect_view()}
        }
    }))
}

#[component]
fn Shown(mail: Mail) -> impl IntoView {
    let part = |part: Part| match part {
        Part::Text(text) => view! { <p>{text}</p> }.into_any(),
        Part::Code(code) => view! { <p class="amount">{code}</p> }.into_any(),
        Part::Fact(label, value) => view! { <p class="facts">{label} ": " {value}</p> }.into_any(),
        Part::Link(text, path) => view! { <p><a href=path>{text}</a></p> }.into_any(),
    };
    let to = mail.recipient.clone();
    view! {
        <article class="card" data-to=to>
            <h2>{mail.letter.subject}</h2>
            <p class="hint">"To " {mail.recipient} ", " <Exact at=mail.created_at/></p>
            {mail.letter.parts.into_iter().map(part).collect_view()}
        </article>
    }
}

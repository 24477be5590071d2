//! Settings › Sessions.

use super::Heading;
use crate::{
    error::Result,
    server::{request::Request, session::method_words, user_agent},
    settings::{OpenSession, sessions::list},
    ui::{Ago, CallForm, Exact, Glyph, Outcome, Page, Visit, glyph},
};
use leptos::prelude::*;

pub async fn page(visit: Visit) -> Result<Page> {
    let list = list(visit.user()?).await?;
    Ok(Page::new(
        "Sessions",
        "See where you are signed in to Latchkey, and end sessions that you do not know.",
        move || {
            let others = list.sessions.len() > 1;
            view! {
                <Heading path="/settings/sessions" lead="Where you are signed in. End what you do not know."/>
                <section id="sessions" class="card" aria-label="Your sessions">
                    <ul class="rows">
                        {list.sessions.into_iter().map(|session| view! { <Row session request=visit.request.clone()/> }).collect_view()}
                    </ul>
                    {others.then(|| view! {
                        <CallForm action="/api/sessions/revoke-others" button="End all others"/>
                    })}
                    <Outcome/>
                </section>
            }
        },
    ))
}

#[component]
fn Row(session: OpenSession, request: Request) -> impl IntoView {
    let device = user_agent::name(session.user_agent.as_deref());
    let method = capitalized(method_words(&request.features, &session.method));
    let label = format!("End {device}");
    view! {
        <li>
            <Glyph of=glyph::of_device(&device)/>
            <div class="what">
                <p class="name">
                    <strong>{device}</strong>
                    {session.current.then(|| view! { <span class="tag accent">"This session"</span> })}
                </p>
                <p class="facts">
                    {method} " · Signed in " <Exact at=session.created_at/> " · Last seen " <Ago at=session.last_seen_at/>
                </p>
            </div>
            {(!session.current).then(|| view! {
                <CallForm action="/api/sessions/revoke" button="End" class="quiet" about=session.id name=label/>
            })}
        </li>
    }
}

fn capitalized(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

//! Settings › Activity.

use super::Heading;
use crate::{
    date::date,
    error::Result,
    server::user_agent,
    settings::{Event, activity::list},
    step_up::STEP_UP_VERIFIED,
    ui::{Day, Glyph, Hour, PAGE_AND_ONE, Page, Pager, Visit, glyph, page_of},
};
use icondata_core::Icon;
use leptos::prelude::*;

pub async fn page(visit: Visit) -> Result<Page> {
    let before = visit.request.query("before");
    let list = list(visit.user()?, before, Some(PAGE_AND_ONE)).await?;
    let request = visit.request.clone();
    Ok(Page::new(
        "Activity",
        "See what happened on your Latchkey account, newest first.",
        move || {
            let (events, earlier) = page_of(list.events, |event| &event.id);
            let events = without_confirmations(events);
            view! {
                <Heading path="/settings/activity" lead="What happened on your account, newest first."/>
                <section id="activity" class="card" aria-label="Your activity">
                    {events.chunk_by(|a, b| date(a.at) == date(b.at)).map(|day| view! {
                        <h2 class="day"><Day at=day[0].at/></h2>
                        <ul class="rows">
                            {day.iter().map(|event| view! { <Row event=event.clone()/> }).collect_view()}
                        </ul>
                    }).collect_view()}
                    <Pager request list="activity" earlier/>
                </section>
            }
        },
    ))
}

/// The rows of acts, without those of their confirmations: each act is one row.
fn without_confirmations(events: Vec<Event>) -> Vec<Event> {
    let mut shown: Vec<Event> = Vec::new();
    for event in events {
        let confirms = event.kind == STEP_UP_VERIFIED.name
            && shown.last().is_some_and(|act| Some(&act.kind) == event.detail.as_ref());
        if !confirms {
            shown.push(event);
        }
    }
    shown
}

/// What an event is about, by the end or the beginning of its name.
fn icon_of(kind: &str) -> Icon {
    match kind {
        kind if kind.contains("fail") || kind.contains("regression") => glyph::WARNING,
        kind if kind.contains("recovery") => glyph::RECOVERY,
        kind if kind.contains("password") => glyph::PASSWORD,
        kind if kind.contains("passkey") => glyph::PASSKEY,
        kind if kind.contains("session") => glyph::COMPUTER,
        kind if kind.contains("phone") => glyph::PHONE,
        kind if kind.contains("step_up") => glyph::SAFE,
        _ => glyph::ACTIVITY,
    }
}

#[component]
fn Row(event: Event) -> impl IntoView {
    let place = event.ip.as_ref().map(|ip| format!(" · {ip}"));
    view! {
        <li>
            <Glyph of=icon_of(&event.kind)/>
            <div class="what">
                <p class="name"><strong>{event.text}</strong></p>
                <p class="facts">
                    <Hour at=event.at/> " · " {user_agent::name(event.user_agent.as_deref())} {place}
                </p>
            </div>
        </li>
    }
}

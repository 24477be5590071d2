//! Settings › Sessions and Settings › Activity, and the tabs between the settings. These are plain forms
//! and links, which work without scripts.

use super::{
    EndOtherSessions, EndSession, Event, OpenSession, device, list_activity, list_sessions,
};
use crate::{
    date::date_time,
    ui::{
        Alert, BusyButton, CallForm, PAGE_AND_ONE, PageHeading, Pager, ReadAgain, Reading, Success,
        before, page_of, problem_of,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::A;

#[component]
pub fn SettingsNav() -> impl IntoView {
    view! {
        <nav class="tabs" aria-label="Settings">
            <A href="/settings/passkeys">"Passkeys"</A>
            <A href="/settings/security">"Security"</A>
            <A href="/settings/sessions">"Sessions"</A>
            <A href="/settings/activity">"Activity"</A>
        </nav>
    }
}

#[component]
pub fn SessionsPage() -> impl IntoView {
    let sessions = Reading::new(|| (), |()| list_sessions());
    // The outcome of a form that was sent without scripts.
    let end = problem_of(ServerAction::<EndSession>::new());
    let end_others = problem_of(ServerAction::<EndOtherSessions>::new());
    let problem = Signal::derive(move || end.get().or_else(|| end_others.get()));
    view! {
        <SettingsNav/>
        <PageHeading title="Sessions" description="See where you are signed in to Latchkey, and end sessions that you do not know."/>
        <ReadAgain reading=sessions/>
        <p class="lead">"Where you are signed in. End what you do not know."</p>
        <section class="card" aria-label="Your sessions">
            <Transition fallback=|| view! { <p class="empty">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    let list = sessions.last().await?;
                    let others = list.sessions.len() > 1;
                    Some(view! {
                        <ul class="rows">
                            {list.sessions.into_iter().map(|session| view! { <SessionRow session/> }).collect_view()}
                        </ul>
                        {others.then(|| view! {
                            <form method="post" action=EndOtherSessions::PATH>
                                <button class="danger">"End all others"</button>
                            </form>
                        })}
                    })
                })}
            </Transition>
            <Alert problem/>
        </section>
    }
}

/// Ends every other session from a page that does not list them.
#[component]
pub fn EndOthers() -> impl IntoView {
    let end = ServerAction::<EndOtherSessions>::new();
    let problem = problem_of(end);
    let done = Signal::derive(move || {
        let done = !end.pending().get() && matches!(end.value().get(), Some(Ok(_)));
        done.then(|| "You are signed out everywhere else.".to_owned())
    });
    view! {
        <section class="card" aria-labelledby="elsewhere-title">
            <h2 id="elsewhere-title">"Signed in elsewhere?"</h2>
            <p class="hint">"A passkey that you remove no longer signs in, but what it opened before stays open."</p>
            <CallForm action=end busy=end.pending()>
                <BusyButton
                    label="Sign out everywhere else"
                    working="Signing out…"
                    busy=end.pending()
                    problem
                    class=""
                    needs_scripts=false
                />
                <Alert problem/>
                <Success text=done/>
            </CallForm>
        </section>
    }
}

#[component]
fn SessionRow(session: OpenSession) -> impl IntoView {
    let device = device::name(session.user_agent.as_deref());
    let method = match session.method.as_str() {
        "passkey" => "Passkey",
        "password" => "Password",
        _ => "Recovery code",
    };
    let label = format!("End {device}");
    view! {
        <li>
            <div class="name">
                <strong>{device}</strong>
                {session.current.then(|| view! { <span class="tag accent">"This session"</span> })}
            </div>
            {(!session.current).then(|| view! {
                <form class="buttons" method="post" action=EndSession::PATH>
                    <input type="hidden" name="id" value=session.id/>
                    <button class="danger" aria-label=label>"End"</button>
                </form>
            })}
            <p class="facts">
                {format!(
                    "{method} · Signed in {} · Last seen {}",
                    date_time(session.created_at),
                    date_time(session.last_seen_at),
                )}
            </p>
        </li>
    }
}

#[component]
pub fn ActivityPage() -> impl IntoView {
    let before = before();
    let events =
        Reading::new(move || before.get(), |before| list_activity(before, Some(PAGE_AND_ONE)));
    view! {
        <SettingsNav/>
        <PageHeading title="Activity" description="See what happened on your Latchkey account, newest first."/>
        <ReadAgain reading=events/>
        <p class="lead">"What happened on your account, newest first."</p>
        <section id="activity" class="card" aria-label="Your activity">
            <Transition fallback=|| view! { <p class="empty">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    let list = events.last().await?;
                    let (events, earlier) = page_of(list.events, |event| &event.id);
                    Some(view! {
                        <ul class="rows">
                            {events.into_iter().map(|event| view! { <EventRow event/> }).collect_view()}
                        </ul>
                        <Pager list="activity" earlier/>
                    })
                })}
            </Transition>
        </section>
    }
}

#[component]
fn EventRow(event: Event) -> impl IntoView {
    let place = event.ip.as_ref().map(|ip| format!(" · {ip}"));
    view! {
        <li>
            <div class="name">
                <strong>{event.text}</strong>
            </div>
            <p class="facts">
                {date_time(event.at)} " · " {device::name(event.user_agent.as_deref())} {place}
            </p>
        </li>
    }
}

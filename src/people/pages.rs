//! The page of people, for admins and owners, and the receipt of what was done to one.

use super::{
    Act, Person, Role,
    receipts::{self, KeptAct},
    rows,
};
use crate::{
    error::{Error, Result},
    step_up::receipt_page,
    ui::{
        Ago, Exact, GatedForm, Glyph, NeedsScripts, Outcome, PAGE_AND_ONE, Page, Pager, Visit,
        glyph, page_of,
    },
};
use leptos::prelude::*;

pub async fn people(visit: Visit) -> Result<Page> {
    let (user, request) = (visit.user()?, visit.request.clone());
    let search = request.query("search").unwrap_or_default();
    let (asked, before) = (Some(search.clone()), request.query("before"));
    // To everybody else there is no such page.
    let role = Role::of(&visit.own_account()?.role).filter(|role| role.may_look());
    let role = role.ok_or(Error::NotFound)?;
    // Both are read at the same time, as one trip to the database.
    let (people, done) = tokio::try_join!(
        rows::list(request.db.reader(), asked, before, Some(PAGE_AND_ONE)),
        receipts::latest(request.db.reader()),
    )?;
    let own = Own { id: user.id.clone(), role };
    Ok(Page::new(
        "People",
        "See who has an account, change roles, suspend people and sign them out.",
        move || {
            let (people, earlier) = page_of(people.people, |person| &person.id);
            let found = !people.is_empty();
            view! {
                <h1 tabindex="-1">"People"</h1>
                <p class="lead">"Who has an account, and what they may do. Each change is signed with your passkey."</p>
                <section id="people" class="card" aria-label="People">
                    <form class="search" method="get" action="/people" role="search">
                        <label for="search" class="visually-hidden">"Name or e-mail"</label>
                        <div class="input"><input id="search" type="search" name="search" value=search.clone() placeholder="Name or e-mail"/></div>
                        <button class="quiet">"Search"</button>
                    </form>
                    <Outcome/>
                    <ul class="rows">
                        {people.into_iter().map(|person| view! { <Row person own=own.clone()/> }).collect_view()}
                    </ul>
                    {(!found).then(|| view! { <p class="hint">"Nobody is called that."</p> })}
                    <Pager request list="people" earlier keeps=("search", search)/>
                </section>
                {(!done.is_empty()).then(|| view! { <History done/> })}
                <NeedsScripts/>
            }
        },
    ))
}

/// Whoever looks at the page.
#[derive(Clone)]
struct Own {
    id: String,
    role: Role,
}

#[component]
fn Row(person: Person, own: Own) -> impl IntoView {
    let is_own = person.id == own.id;
    let ways = ways(&person);
    let acts = own.role.may(Act::EndSessions, person.role);
    view! {
        <li class="person">
            <Glyph of=glyph::PERSON/>
            <div class="what">
                <p class="name">
                    <strong>{person.name.clone()}</strong>
                    {(person.role > Role::Member).then(|| view! { <span class="tag accent">{title(person.role)}</span> })}
                    {is_own.then(|| view! { <span class="tag">"You"</span> })}
                    {person.suspended_at.map(|_| view! { <span class="tag warning">"Suspended"</span> })}
                </p>
                <p class="facts">
                    {person.email.clone()}
                    {(!person.confirmed).then_some(" · address not confirmed")}
                </p>
                <p class="facts">
                    {ways} " · "
                    {match person.last_seen_at {
                        Some(at) => view! { "Last seen " <Ago at/> }.into_any(),
                        None => view! { "Joined " <Ago at=person.created_at/> }.into_any(),
                    }}
                    {person.suspended_at.map(|at| view! { " · Suspended " <Exact at/> })}
                </p>
            </div>
            {acts.then(|| view! { <Acts person own/> })}
        </li>
    }
}

/// How somebody signs in, never with what.
fn ways(person: &Person) -> String {
    let mut ways = vec![match person.passkeys {
        0 => "No passkey".to_owned(),
        1 => "1 passkey".to_owned(),
        more => format!("{more} passkeys"),
    }];
    if person.has_password {
        ways.push("password".to_owned());
    }
    // with: totp {
    if person.has_totp {
        ways.push("one-time codes".to_owned());
    }
    // with: totp }
    ways.join(", ")
}

fn title(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

#[component]
fn Acts(person: Person, own: Own) -> impl IntoView {
    let Person { id, name, .. } = person;
    let select = format!("role-{id}");
    view! {
        <details id=format!("manage-{id}")>
            <summary class="button quiet" aria-label=format!("Manage {name}")>"Manage"</summary>
            <div class="acts">
                {(own.role == Role::Owner).then(|| view! {
                    <GatedForm action="/api/people/role" button="Change role" class="quiet" about=id.clone() name=format!("Change the role of {name}")>
                        <div class="field">
                            <label for=select.clone()>"Role"</label>
                            <div class="input">
                                <select id=select name="role">
                                    {Role::ALL.map(|role| view! {
                                        <option value=role.name() selected=role == person.role>{title(role)}</option>
                                    }).into_iter().collect_view()}
                                </select>
                            </div>
                        </div>
                    </GatedForm>
                })}
                {match person.suspended_at {
                    Some(_) => view! {
                        <GatedForm action="/api/people/restore" button="Lift the suspension" class="quiet" about=id.clone() name=format!("Lift the suspension of {name}")/>
                    }.into_any(),
                    None => view! {
                        <GatedForm action="/api/people/end-sessions" button="Sign out everywhere" class="quiet" about=id.clone() name=format!("Sign {name} out everywhere")/>
                        <GatedForm action="/api/people/suspend" button="Suspend" class="quiet" about=id.clone() name=format!("Suspend {name}")/>
                    }.into_any(),
                }}
            </div>
        </details>
    }
}

#[component]
fn History(done: Vec<KeptAct>) -> impl IntoView {
    view! {
        <section id="done" class="card" aria-labelledby="done-title">
            <h2 id="done-title">"What was done"</h2>
            <ul class="rows">
                {done.into_iter().map(|KeptAct { id, summary, actor_name, at, .. }| {
                    let label = format!("Receipt: {summary}");
                    view! {
                        <li>
                            <Glyph of=glyph::SAFE/>
                            <div class="what">
                                <p class="name"><strong>{summary}</strong></p>
                                <p class="facts">
                                    {actor_name} " · " <Exact at/> " · "
                                    <a href=format!("/people/receipt/{id}") aria-label=label>"Receipt"</a>
                                </p>
                            </div>
                        </li>
                    }
                }).collect_view()}
            </ul>
        </section>
    }
}

pub async fn receipt(visit: Visit) -> Result<Page> {
    let id = visit.request.path().rsplit('/').next().unwrap_or_default();
    let KeptAct { receipt, json, actor_name, .. } = receipts::find(visit.user()?, id).await?;
    let about = "The receipt of what an admin or owner did, signed with a passkey.";
    receipt_page(receipt, &json, id, format!("A passkey of {actor_name}"), about, "/people")
}

//! The start page, and the page for addresses that are nobody's.

use crate::{
    error::Result,
    ui::{Glyph, Icon, Page, Visit, glyph},
};
use axum::http::StatusCode;
use icondata_core::Icon as IconOf;
use leptos::prelude::*;

const STEPS: [(IconOf, &str, &str); 3] = [
    (
        glyph::SIGN_UP,
        "Your device makes a passkey",
        "It keeps a secret key that never leaves it. We keep the other half, which is good for checking alone.",
    ),
    (
        glyph::PASSKEY,
        "You sign in with a touch",
        "A fingerprint, a face or a PIN. There is nothing to remember, nothing to type, and nothing to steal from us.",
    ),
    (
        glyph::SAFE,
        "You confirm what matters",
        "Your device signs the very sentence that you read. The confirmation is good for that act, once.",
    ),
];

pub async fn home(visit: Visit) -> Result<Page> {
    let home = visit.account().map(|_| visit.request.features.home);
    Ok(Page::new(
        "Passkeys that confirm",
        "Latchkey shows how a passkey approves one sensitive act, and nothing else.",
        move || {
            view! {
                <section class="hero">
                    <div>
                        <h1 tabindex="-1">"Passkeys that confirm, not only sign in"</h1>
                        <p class="lead">
                            "Your device signs exactly what you read, and the confirmation is good for that act alone. No password, no code to copy, and a receipt that anyone can check."
                        </p>
                        <div class="buttons">
                            {match home {
                                Some(home) => view! { <a class="button primary" href=home>"Continue"</a> }.into_any(),
                                None => view! {
                                    <a class="button primary" href="/signup">"Create an account"</a>
                                    <a class="button" href="/signin"><Icon of=glyph::PASSKEY/> <span>"Sign in with Passkey"</span></a>
                                }
                                .into_any(),
                            }}
                        </div>
                    </div>
                    <Mock/>
                </section>
                <ol class="steps">
                    {STEPS.map(|(icon, title, text)| view! {
                        <li><Glyph of=icon/><h2>{title}</h2><p>{text}</p></li>
                    }).into_iter().collect_view()}
                </ol>
                <section class="card explain" aria-labelledby="what-title">
                    <h2 id="what-title">"What is a passkey?"</h2>
                    <p>
                        "A passkey takes the place of a password. Your phone, computer or security key makes a pair of keys for this site alone: it signs with one, and the site checks with the other. A page that only looks like this one gets no signature, and what leaks from a server opens nothing. Passkeys of Apple, Google, Microsoft and most password managers come along to your next device."
                    </p>
                </section>
            }
        },
    ))
}

/// What the picture of the modal shows.
const SHOWN: (&str, [(&str, &str); 3]) =
    ("$25.00", [("To", "Corner Bakery"), ("From", "ann@example.com"), ("Note", "Bread and rolls")]);

/// A picture of the modal.
#[component]
fn Mock() -> impl IntoView {
    let (headline, details) = SHOWN;
    view! {
        <figure class="mock" role="img" aria-label="The modal: what is confirmed, its details, and a button that confirms it with a passkey">
            <div aria-hidden="true">
                <span class="glyph"><Icon of=glyph::PASSKEY/></span>
                <p class="title">"Let's make sure it's you"</p>
                <p class="headline">{headline}</p>
                <dl class="details">
                    {details.map(|(label, value)| view! {
                        <div><dt>{label}</dt><dd>{value}</dd></div>
                    }).into_iter().collect_view()}
                </dl>
                <span class="button primary wide"><Icon of=glyph::PASSKEY/> "Confirm with passkey"</span>
            </div>
        </figure>
    }
}

pub async fn not_found(_: Visit) -> Result<Page> {
    let page = Page::new("Not found", "There is no page at this address of Latchkey.", || {
        view! {
            <div class="card narrow">
                <h1 tabindex="-1">"There is no such page"</h1>
                <p>"The address may be mistyped, or the page has moved."</p>
                <p><a href="/">"Go to the start"</a></p>
            </div>
        }
    });
    Ok(Page { status: StatusCode::NOT_FOUND, ..page })
}

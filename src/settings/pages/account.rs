//! Settings › Account: who the account is, its phone number, and its end.

use super::Heading;
use crate::{
    error::Result,
    ui::{Field, GatedForm, Glyph, NeedsScripts, Outcome, Page, Visit, glyph},
};
use leptos::prelude::*;

pub async fn page(visit: Visit) -> Result<Page> {
    let account = visit.own_account()?.clone();
    Ok(Page::new(
        "Account",
        "See who your Latchkey account is, change your phone number, or delete the account.",
        move || {
            view! {
                <Heading path="/settings/account" lead="Who you are here, and how to leave."/>
                <section id="who" class="card setting" aria-labelledby="who-title">
                    <Glyph of=glyph::PERSON/>
                    <div class="what">
                        <h2 id="who-title">{account.user.name}</h2>
                        <p class="hint">{account.user.email.clone()}</p>
                    </div>
                </section>
                <PhoneNumber phone=account.phone/>
                <Deletion email=account.user.email/>
                <NeedsScripts/>
            }
        },
    ))
}

#[component]
fn PhoneNumber(phone: Option<String>) -> impl IntoView {
    let now = match phone {
        Some(phone) => format!("Your number is {phone}."),
        None => "You have not given a number.".to_owned(),
    };
    view! {
        <section id="phone" class="card" aria-labelledby="phone-title">
            <h2 id="phone-title">"Phone number"</h2>
            <p class="facts">{now}</p>
            <GatedForm action="/api/account/phone" button="Change number">
                <Field label="New phone number" name="phone" kind="tel" autocomplete="tel" placeholder="+44 20 7946 0000"/>
            </GatedForm>
        </section>
    }
}

#[component]
fn Deletion(email: String) -> impl IntoView {
    let pattern = regex_of(&email);
    view! {
        <section id="end" class="card setting" aria-labelledby="end-title">
            <Glyph of=glyph::DELETE/>
            <div class="what">
                <h2 id="end-title">"Delete the account"</h2>
                <p class="hint">
                    "Everything that is yours is deleted."
                    " Your demo money goes back to where it came from, and receipts stay with those whom you have paid or who have paid you." // with: transfer
                    " This cannot be undone."
                </p>
            </div>
            <details id="delete-account">
                <summary class="button quiet">"Delete it"</summary>
                <GatedForm action="/api/account/delete" button="Delete my account" class="danger">
                    <Field label=format!("Type {email} to confirm") name="typed" pattern=(pattern, format!("Type {email}"))/>
                </GatedForm>
            </details>
            <Outcome/>
        </section>
    }
}

/// A regular expression for a text in small or capital letters, as the `pattern` of a field.
fn regex_of(text: &str) -> String {
    let both = |c: char| match c {
        c if c.is_alphabetic() => format!("[{}{}]", c.to_lowercase(), c.to_uppercase()),
        c if c.is_ascii_digit() || c == '@' => c.to_string(),
        c => format!("\\u{{{:x}}}", u32::from(c)),
    };
    format!("\\s*{}\\s*", text.chars().map(both).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::regex_of;

    #[test]
    fn an_address_matches_itself_and_nothing_more() {
        assert_eq!(regex_of("a.b1@c"), r"\s*[aA]\u{2e}[bB]1@[cC]\s*");
    }
}

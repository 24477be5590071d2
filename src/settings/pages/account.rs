//! Settings › Account: name, e-mail address, phone number, and the end of the account.

use super::Heading;
use super::email::Email; // with: mail
use crate::{
    error::Result,
    text::MAX_NAME_CHARS,
    ui::{CallForm, Field, GatedForm, NeedsScripts, Outcome, Page, Refused, Setting, Visit, glyph},
};
use leptos::prelude::*;

pub async fn page(visit: Visit) -> Result<Page> {
    let account = visit.own_account()?.clone();
    let email = Email::find(&visit).await?; // with: mail
    Ok(Page::new(
        "Account",
        "See who your Latchkey account is, change your phone number, or delete the account.",
        move || {
            view! {
                <Heading path="/settings/account" lead="Who you are here, and how to leave."/>
                <Name name=account.user.name/>
                {email.show()} // with: mail
                <PhoneNumber phone=account.phone/>
                <Export/>
                <Deletion email=account.user.email/>
                <NeedsScripts/>
            }
        },
    ))
}

#[component]
fn Name(name: String) -> impl IntoView {
    view! {
        <Setting id="name" icon=glyph::PERSON title="Name" hint=name.clone().into_any()>
            <details id="change-name" open=Refused::find("/api/account/name", "").is_here()>
                <summary class="button quiet">"Change it"</summary>
                <CallForm action="/api/account/name" button="Change name" busy="Saving…">
                    <Field label="Your name" name="name" autocomplete="name" maxlength=MAX_NAME_CHARS value=name/>
                </CallForm>
            </details>
            <Outcome/>
        </Setting>
    }
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
fn Export() -> impl IntoView {
    let hint =
        "Everything that is kept of you, as one JSON file. Nobody can sign in with what is in it.";
    view! {
        <Setting id="export" icon=glyph::DOWNLOAD title="Your data" hint=hint.into_any()>
            <GatedForm action="/api/account/export" button="Download it" class="quiet" download="latchkey-data.json"/>
        </Setting>
    }
}

#[component]
fn Deletion(email: String) -> impl IntoView {
    let pattern = regex_of(&email);
    let hint = "Everything that is yours is deleted. This cannot be undone.";
    view! {
        <Setting id="end" icon=glyph::DELETE title="Delete the account" hint=hint.into_any()>
            <details id="delete-account">
                <summary class="button quiet">"Delete it"</summary>
                <p>"What stays, and why:"</p>
                <ul>
                    // with: transfer {
                    <li>"Receipts, with those whom you have paid or who have paid you: they are theirs as well. Your demo money goes back to where it came from."</li>
                    // with: transfer }
                    // with: people {
                    <li>"Receipts of what owners and admins have done, for as long as activity is kept: it must be possible to look into it."</li>
                    // with: people }
                    <li>"Copies that were made of the database, until they are thrown away: nobody can take one row out of them."</li>
                    <li>"One mail to you that says that the account is gone."</li> // with: mail
                </ul>
                <GatedForm action="/api/account/delete" button="Delete my account" class="danger">
                    <Field label=format!("Type {email} to confirm") name="typed" pattern=(pattern, format!("Type {email}"))/>
                </GatedForm>
            </details>
            <Outcome/>
        </Setting>
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

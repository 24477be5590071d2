//! Settings › Passkeys.

use super::Heading;
use crate::{
    error::Result,
    islands::PasskeyList,
    settings::passkeys::{Passkey, Passkeys, server::list},
    text::MAX_NAME_CHARS,
    ui::{
        Ago, CallForm, Day, Exact, Field, GatedForm, Glyph, NeedsScripts, Outcome, Page, Refused,
        Visit, glyph,
    },
};
use leptos::prelude::*;

pub async fn page(visit: Visit) -> Result<Page> {
    let list = list(visit.user()?).await?;
    let has_password = visit.own_account()?.has_password;
    Ok(Page::new(
        "Passkeys",
        "Add, name and remove the passkeys that sign you in to Latchkey.",
        move || {
            view! {
                <Heading
                    path="/settings/passkeys"
                    lead="A passkey signs you in with your fingerprint, face or screen lock. Keep one on each device that you use, so that losing a device never locks you out."
                />
                <List list has_password/>
                <section id="elsewhere" class="card quiet" aria-labelledby="elsewhere-title">
                    <h2 id="elsewhere-title">"Signed in elsewhere?"</h2>
                    <p class="hint">"A passkey that you remove no longer signs in, but what it opened before stays open."</p>
                    <CallForm action="/api/sessions/revoke-others" button="Sign out everywhere else" busy="Signing out…"/>
                </section>
            }
        },
    ))
}

#[component]
fn List(list: Passkeys, has_password: bool) -> impl IntoView {
    let is_last = list.passkeys.len() == 1 && !has_password;
    let rows = list.passkeys.into_iter().map(|passkey| view! { <Row passkey is_last/> });
    let rows = rows.collect_view();
    view! {
        <section id="passkeys" class="card" aria-label="Your passkeys">
            <PasskeyList>
                <ul class="rows" data-user-handle=list.user_handle>{rows}</ul>
            </PasskeyList>
            <AddPasskey/>
            <Outcome/>
        </section>
    }
}

#[component]
fn Row(passkey: Passkey, is_last: bool) -> impl IntoView {
    let Passkey {
        id,
        credential_id,
        name,
        provider,
        created_at,
        last_used_at,
        synced,
        transports,
        current,
        settled_at,
    } = passkey;
    let icon = glyph::of_provider(provider.as_deref(), synced);
    let (rename, remove) = (format!("Rename {name}"), format!("Remove {name}"));
    let (typed, is_refused) = (name.clone(), Refused::find("/api/passkeys/rename", &id).is_here());
    let (rename_id, remove_id) = (format!("rename-{id}"), format!("remove-{id}"));
    view! {
        <li data-credential-id=credential_id>
            <Glyph of=icon/>
            <div class="what">
                <p class="name">
                    <strong>{name.clone()}</strong>
                    {provider.filter(|it| *it != name).map(|provider| view! { <span class="tag">{provider}</span> })}
                    {current.then(|| view! { <span class="tag accent">"Used for this session"</span> })}
                </p>
                <p class="facts">
                    {kept(synced, &transports)} " · "
                    {match last_used_at {
                        Some(at) => view! { "Last used " <Ago at/> }.into_any(),
                        None => "Never used".into_any(),
                    }}
                    " · Added " <Day at=created_at/>
                </p>
                {settled_at.map(|at| view! {
                    <p class="facts">
                        "New: signs you in, and can confirm from " <Exact at/>
                        ". It waits because it was added with a password or after a recovery."
                    </p>
                })}
                {is_last.then(|| view! {
                    <p class="facts">"Your only way to sign in: it stays until you add another passkey or set a password."</p>
                })}
            </div>
            <details class="edit" id=rename_id open=is_refused>
                <summary class="button quiet" aria-label=rename>"Rename"</summary>
                <CallForm action="/api/passkeys/rename" button="Save" busy="Saving…" about=id.clone()>
                    <Field label="Name this passkey" name="name" maxlength=MAX_NAME_CHARS value=typed/>
                    <button type="button" class="quiet" data-does="close">"Cancel"</button>
                </CallForm>
            </details>
            {(!is_last).then(|| view! {
                <button class="quiet" type="button" data-does="open" data-scripts disabled aria-controls=remove_id.clone() aria-label=remove>"Remove"</button>
                <dialog id=remove_id.clone() aria-labelledby=format!("{remove_id}-title")>
                    <h2 id=format!("{remove_id}-title")>"Remove “" {name} "”?"</h2>
                    <p>
                        "It will no longer sign you in here. Also delete it in your password manager or on your device: we cannot do that for you, and it would still be offered."
                    </p>
                    <GatedForm action="/api/passkeys/delete" button="Remove passkey" busy="Removing…" class="danger wide" about=id icon=glyph::DELETE/>
                    <button type="button" class="wide" data-does="close" autofocus>"Keep it"</button>
                </dialog>
            })}
        </li>
    }
}

/// Where a passkey is kept. One that is plugged in or held to a device is not of this device.
fn kept(synced: bool, transports: &[String]) -> &'static str {
    let is = |transport: &str| transports.iter().any(|it| it == transport);
    match synced {
        true => "Synced",
        false if (is("usb") || is("nfc")) && !is("internal") => "Security key",
        false => "This device only",
    }
}

/// Makes a passkey on this device or another one, with whatever confirmation the account needs.
#[component]
pub fn AddPasskey(#[prop(optional)] recovering: bool) -> impl IntoView {
    view! {
        <GatedForm
            action="/api/passkeys/options"
            button="Add Passkey"
            busy="Waiting for device…"
            class="primary"
            opens="rename-"
            recovering
            scripted=true
        />
        <NeedsScripts/>
    }
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn a_passkey_says_where_it_is_kept() {
        let kept_by = |synced, transports: &[&str]| {
            kept(synced, &transports.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(kept_by(true, &["internal", "hybrid"]), "Synced");
        assert_eq!(kept_by(true, &["usb"]), "Synced");
        assert_eq!(kept_by(false, &["usb"]), "Security key");
        assert_eq!(kept_by(false, &["nfc", "usb"]), "Security key");
        assert_eq!(kept_by(false, &["internal"]), "This device only");
        assert_eq!(kept_by(false, &["internal", "usb"]), "This device only");
        assert_eq!(kept_by(false, &[]), "This device only");
    }
}

//! The pages of the settings, and the tabs between them.

pub mod account;
pub mod activity;
mod email; // with: mail
pub mod passkeys;
pub mod security;
pub mod sessions;

use leptos::prelude::*;

const TABS: [(&str, &str); 5] = [
    ("/settings/passkeys", "Passkeys"),
    ("/settings/security", "Security"),
    ("/settings/account", "Account"),
    ("/settings/sessions", "Sessions"),
    ("/settings/activity", "Activity"),
];

/// The tabs, with the page's own marked, and its heading.
#[component]
fn Heading(path: &'static str, lead: &'static str) -> impl IntoView {
    let title = TABS.iter().find(|(tab, _)| *tab == path).map(|(_, title)| *title);
    view! {
        <nav class="tabs" aria-label="Settings">
            {TABS.map(|(tab, title)| view! {
                <a href=tab aria-current=(tab == path).then_some("page")>{title}</a>
            }).into_iter().collect_view()}
        </nav>
        <h1 tabindex="-1">{title}</h1>
        <p class="lead">{lead}</p>
    }
}

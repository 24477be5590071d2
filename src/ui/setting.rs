//! A part of the settings: what it is, how it stands, and what can be done about it.

use super::icon::Glyph;
use icondata_core::Icon;
use leptos::prelude::*;

#[component]
pub fn Setting(
    id: &'static str,
    icon: Icon,
    title: &'static str,
    /// How it stands, or what it is for.
    hint: AnyView,
    /// A second paragraph of that.
    #[prop(optional)]
    more: Option<AnyView>,
    /// What can be done about it.
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <section id=id class="card setting" aria-labelledby=labelled_by>
            <Glyph of=icon/>
            <div class="what">
                <h2 id=title_id>{title}</h2>
                <p class="hint">{hint}</p>
                {more.map(|more| view! { <p class="hint">{more}</p> })}
            </div>
            {children()}
        </section>
    }
}

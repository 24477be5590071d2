//! Lists that are read page by page: how much at once, and the links between the pages.

use crate::{call::PAGE, server::request::Request, text::percent_encoded};
use leptos::prelude::*;

/// One row more than is shown tells whether there are earlier ones.
pub const PAGE_AND_ONE: u32 = PAGE + 1;

/// A page of rows, of which [`PAGE_AND_ONE`] were asked for, and the id of its last row if there are
/// earlier ones.
pub fn page_of<T>(mut rows: Vec<T>, id: impl Fn(&T) -> &str) -> (Vec<T>, Option<String>) {
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let earlier = rows.last().filter(|_| more).map(|last| id(last).to_owned());
    (rows, earlier)
}

/// Links through a list that is read page by page.
#[component]
pub fn Pager(
    request: Request,
    /// The id of the list on its page.
    list: &'static str,
    /// The id of the last row of this page, if there are earlier ones.
    earlier: Option<String>,
    /// What else the address says, by name.
    #[prop(optional)]
    keeps: Option<(&'static str, String)>,
) -> impl IntoView {
    let path = request.path();
    let kept = keeps.filter(|(_, value)| !value.is_empty());
    let kept = kept.map(|(name, value)| format!("{name}={}&", percent_encoded(&value)));
    let kept = kept.unwrap_or_default();
    let newest = request.query("before").map(|_| format!("{path}?{kept}#{list}"));
    let earlier = earlier.map(|id| format!("{path}?{kept}before={id}#{list}"));
    (newest.is_some() || earlier.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages of this list">
                {newest.map(|href| view! { <a href=href>"Newest"</a> })}
                {earlier.map(|href| view! { <a href=href>"Earlier"</a> })}
            </nav>
        }
    })
}

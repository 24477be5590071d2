//! Lists that are read page by page: how much at once, and the links between the pages.

use crate::call::PAGE;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// One row more than is shown tells whether there are earlier ones.
pub const PAGE_AND_ONE: u32 = PAGE + 1;

/// Where the shown part of a list begins: before the row with this id, or at the newest row.
pub fn before() -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.get().get("before"))
}

/// A page of rows, of which [`PAGE_AND_ONE`] were asked for, and the id of its last row if there are
/// earlier ones.
pub fn page_of<T>(mut rows: Vec<T>, id: impl Fn(&T) -> &str) -> (Vec<T>, Option<String>) {
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let earlier = rows.last().filter(|_| more).map(|last| id(last).to_owned());
    (rows, earlier)
}

/// Links through a list that is read page by page, which work without scripts.
#[component]
pub fn Pager(
    /// The id of the list on its page.
    list: &'static str,
    /// The id of the last row of this page, if there are earlier ones.
    earlier: Option<String>,
) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let newest = before().get_untracked().map(|_| format!("{path}#{list}"));
    let earlier = earlier.map(|id| format!("{path}?before={id}#{list}"));
    (newest.is_some() || earlier.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label="Pages of this list">
                {newest.map(|href| view! { <a href=href>"Newest"</a> })}
                {earlier.map(|href| view! { <a href=href>"Earlier"</a> })}
            </nav>
        }
    })
}

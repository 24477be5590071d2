//! Lists that are read page by page.

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// Where a list begins that is read page by page: before the row with this id, or at its newest.
pub fn before() -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.get().get("before"))
}

/// A page of rows, of which one more than `size` was asked for, and the id of its last row if there
/// are earlier ones.
pub fn page_of<T>(
    mut rows: Vec<T>,
    size: u32,
    id: impl Fn(&T) -> &str,
) -> (Vec<T>, Option<String>) {
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let earlier = rows.last().filter(|_| more).map(|last| id(last).to_owned());
    (rows, earlier)
}

/// The ways through a list that is read page by page: links, so that they work without scripts.
#[component]
pub fn Pager(
    /// The id of the list on its page.
    list: &'static str,
    /// The last row of this page, where there are earlier ones.
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

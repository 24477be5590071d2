//! Times. The server writes them in UTC; scripts put them into the reader's zone and language.

use crate::date::{date, date_time, hour, iso};
use leptos::prelude::*;

/// A day and the minute on it. Times are milliseconds since 1970 UTC.
#[component]
pub fn Exact(at: i64) -> impl IntoView {
    view! { <time datetime=iso(at)>{date_time(at)}</time> }
}

/// How long ago it was, once scripts run.
#[component]
pub fn Ago(at: i64) -> impl IntoView {
    view! { <time datetime=iso(at) data-as="ago">{date_time(at)}</time> }
}

#[component]
pub fn Day(at: i64) -> impl IntoView {
    view! { <time datetime=iso(at) data-as="day">{date(at)}</time> }
}

/// The hour and the minute, where the day is known.
#[component]
pub fn Hour(at: i64) -> impl IntoView {
    view! { <time datetime=iso(at) data-as="hour">{hour(at)}</time> }
}

//! Times in the reader's zone and language. The server writes them in UTC, for readers without scripts.

use super::dom::{find, find_all};
use js_sys::{
    Array, Date,
    Intl::{DateTimeFormat, RelativeTimeFormat},
    Object, Reflect,
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node};

/// The units of a span of time, in seconds, largest first.
const UNITS: [(f64, &str); 5] = [
    (31_557_600.0, "year"),
    (2_629_800.0, "month"),
    (86_400.0, "day"),
    (3_600.0, "hour"),
    (60.0, "minute"),
];

/// Rewrites the times of a part of the page.
pub fn show(within: &JsValue) {
    group_by_day(within);
    for time in find_all(within, "time[datetime]") {
        let at = Date::parse(&written(&time));
        let exact = exact(at);
        let text = match time.get_attribute("data-as").as_deref() {
            Some("ago") => {
                time.set_attribute("title", &exact).ok();
                ago(at)
            }
            Some("day") => day(at),
            Some("hour") => format_date(at, "timeStyle", "short", None),
            _ => exact,
        };
        time.set_text_content(Some(&text));
    }
}

/// Moves the rows of lists that the server grouped by day, which are days in UTC.
fn group_by_day(within: &JsValue) {
    let mut group: Option<(String, Element)> = None;
    for row in find_all(within, ".day + .rows > li") {
        let (Some(time), Some(list)) = (find(&row, "time"), row.parent_element()) else { continue };
        let day = day(Date::parse(&written(&time)));
        match &group {
            Some((its_day, its_list)) if *its_day == day => {
                its_list.append_child(&row).ok();
            }
            _ => {
                let began = group.map(|(_, list)| list);
                group = begin_group(began.as_ref(), &list, &row, &time).map(|list| (day, list));
            }
        }
        if list.child_element_count() == 0 {
            list.previous_element_sibling().inspect(Element::remove);
            list.remove();
        }
    }
}

/// Makes a row the first of its day: in its own list, or in a new one after the list before.
fn begin_group(
    before: Option<&Element>,
    list: &Element,
    row: &Element,
    time: &Element,
) -> Option<Element> {
    let mut heading = list.previous_element_sibling()?;
    let mut list = list.clone();
    if row.previous_element_sibling().is_some() {
        let heading_copy: Node = heading.clone_node_with_deep(true).ok()?;
        let list_copy: Node = list.clone_node().ok()?;
        before?.after_with_node_2(&heading_copy, &list_copy).ok()?;
        (heading, list) = (heading_copy.unchecked_into(), list_copy.unchecked_into());
        list.append_child(row).ok()?;
    }
    find(&heading, "time")?.set_attribute("datetime", &written(time)).ok()?;
    Some(list)
}

fn written(time: &Element) -> String {
    time.get_attribute("datetime").unwrap_or_default()
}

fn day(at: f64) -> String {
    format_date(at, "dateStyle", "long", None)
}

/// A day and the minute on it.
pub fn exact(at: f64) -> String {
    format_date(at, "dateStyle", "long", Some(("timeStyle", "short")))
}

fn format_date(at: f64, name: &str, value: &str, more: Option<(&str, &str)>) -> String {
    let options = Object::new();
    Reflect::set(&options, &name.into(), &value.into()).ok();
    if let Some((name, value)) = more {
        Reflect::set(&options, &name.into(), &value.into()).ok();
    }
    // Without a language it is the reader's: what the browser says that this is may be no language's name.
    let format = DateTimeFormat::new(&Array::new(), &options).format();
    format
        .call1(&JsValue::UNDEFINED, &at.into())
        .ok()
        .and_then(|it| it.as_string())
        .unwrap_or_default()
}

fn ago(at: f64) -> String {
    // By a clock that is behind the server's, nothing has happened yet.
    let passed = ((Date::now() - at) / 1000.0).max(0.0);
    let (size, unit) =
        UNITS.into_iter().find(|(size, _)| passed >= *size).unwrap_or((60.0, "minute"));
    let options = Object::new();
    Reflect::set(&options, &"numeric".into(), &"auto".into()).ok();
    let format = RelativeTimeFormat::new(&Array::new(), &options);
    String::from(format.format(-(passed / size).floor(), unit))
}

//! Times in the reader's zone and language. The server writes them in UTC, for readers without scripts.

use super::dom::{find_all, window};
use js_sys::{Array, Date, Intl::RelativeTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

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
    for time in find_all(within, "time[datetime]") {
        let at = Date::parse(&time.get_attribute("datetime").unwrap_or_default());
        let exact = exact(at);
        let text = match time.get_attribute("data-as").as_deref() {
            Some("ago") => {
                time.set_attribute("title", &exact).ok();
                ago(at)
            }
            Some("day") => format_date(at, "dateStyle", "long", None),
            Some("hour") => format_date(at, "timeStyle", "short", None),
            _ => exact,
        };
        time.set_text_content(Some(&text));
    }
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
    let language = window().navigator().language().unwrap_or_default();
    Date::new(&at.into()).to_locale_string(&language, &options).into()
}

fn ago(at: f64) -> String {
    let passed = (Date::now() - at) / 1000.0;
    let (size, unit) =
        UNITS.into_iter().find(|(size, _)| passed >= *size).unwrap_or((60.0, "minute"));
    let options = Object::new();
    Reflect::set(&options, &"numeric".into(), &"auto".into()).ok();
    let format = RelativeTimeFormat::new(&Array::new(), &options);
    String::from(format.format(-(passed / size).floor(), unit))
}

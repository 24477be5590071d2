//! The page's elements, in fewer words than web-sys has for them.

use js_sys::{Function, Object, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Document, Element, Event, EventTarget, FormData, HtmlElement, HtmlFormElement,
    HtmlInputElement, HtmlMetaElement, NodeList, Window,
};

pub fn window() -> Window {
    js_sys::global().unchecked_into()
}

pub fn document() -> Document {
    window().document().unwrap_or_else(|| wasm_bindgen::throw_str("no page"))
}

/// The first element for a selector, within an element or a document.
pub fn find(within: &JsValue, selector: &str) -> Option<Element> {
    // Documents and elements have the same method.
    within.unchecked_ref::<Document>().query_selector(selector).ok()?
}

pub fn find_all(within: &JsValue, selector: &str) -> impl Iterator<Item = Element> + use<> {
    let list = within.unchecked_ref::<Document>().query_selector_all(selector).ok();
    let length = list.as_ref().map_or(0, NodeList::length);
    (0..length).filter_map(move |at| Some(list.as_ref()?.get(at)?.unchecked_into()))
}

/// What a page tells of itself in its head, such as the relying party's id.
pub fn meta(name: &str) -> Option<String> {
    let meta = find(&document(), &["meta[name=", name, "]"].concat())?;
    Some(meta.unchecked_into::<HtmlMetaElement>().content())
}

pub fn set_text(within: &JsValue, selector: &str, text: &str) {
    if let Some(element) = find(within, selector) {
        element.set_text_content(Some(text));
    }
}

pub fn set_hidden(element: &Element, hidden: bool) {
    element.unchecked_ref::<HtmlElement>().set_hidden(hidden);
}

pub fn focus(element: &Element) {
    element.unchecked_ref::<HtmlElement>().focus().ok();
}

/// The value of any kind of field.
pub fn value(field: &Element) -> String {
    field.unchecked_ref::<HtmlInputElement>().value()
}

/// The fields of a form, as an object.
pub fn fields(form: &HtmlFormElement) -> Result<JsValue, JsValue> {
    Ok(Object::from_entries(FormData::new_with_form(form)?.as_ref())?.into())
}

/// Gives a form that has an idempotency key another one.
pub fn renew_key(form: &Element) {
    let key = find(form, "[name=idempotency_key]");
    if let (Some(key), Ok(crypto)) = (key, window().crypto()) {
        key.unchecked_into::<HtmlInputElement>().set_value(&crypto.random_uuid());
    }
}

/// Listens as long as the page is open. Events that do not bubble are heard as well.
pub fn on(target: &EventTarget, event: &str, heard: impl Fn(Event) + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(heard);
    let listener = heard.as_ref().unchecked_ref();
    target.add_event_listener_with_callback_and_bool(event, listener, true).ok();
    heard.forget();
}

/// The element that an event is about, or the one around it, that fits a selector.
pub fn target_of(event: &Event, selector: &str) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(selector).ok()?
}

pub async fn sleep(milliseconds: i32) {
    let mut timer = |resolve: Function, _| {
        let set = Window::set_timeout_with_callback_and_timeout_and_arguments_0;
        set(&window(), &resolve, milliseconds).ok();
    };
    JsFuture::from(Promise::new(&mut timer)).await.ok();
}

/// Waits until the page is gone.
pub async fn never() {
    JsFuture::from(Promise::new(&mut |_, _| {})).await.ok();
}

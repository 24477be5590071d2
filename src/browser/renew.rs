//! Renews the page from the server: `<main>` is replaced by what the server shows by now. The focus stays,
//! and so does what was typed in other forms, which parts are open, and what is shown only once.

use super::{
    call::{Answer, OUR_FAULT},
    dom::{
        document, find, find_all, focus, never, on, renew_key, set_hidden, set_text, target_of,
        value, window,
    },
    focus::Focused,
    outcome::{self, Origin},
    times,
};
use js_sys::{Array, JSON, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, CustomEvent, Document, DomParser, Element, Headers, HtmlAnchorElement,
    HtmlDetailsElement, HtmlFormElement, HtmlInputElement, RequestInit, Response, SupportedType,
    Url,
};

/// What of the forms on the page is kept.
pub enum Kept<'a> {
    Everything,
    /// All but the form that was sent, and what was open around it.
    AllBut(&'a HtmlFormElement),
}

const SHOWN_ONCE: &str =
    "You may be signed out by now. Save what is shown only once before you leave this page.";
const OUT_OF_DATE: &str = "You seem to be offline. This page may be out of date.";

pub fn listen() {
    on(&document(), "click", |event| {
        if target_of(&event, "#unread button").is_some() {
            spawn_local(async {
                if renew(Kept::Everything).await
                    && let Some(heading) = find(&document(), "h1")
                {
                    focus(&heading);
                }
            });
        }
    });
    // Another tab may have signed in to another account meanwhile, or out.
    on(&document(), "visibilitychange", |_| {
        if !document().hidden() && user_of(&document()).is_some() {
            spawn_local(async {
                if let Some(fresh) = fetch().await {
                    is_same_user(&fresh).await;
                }
            });
        }
    });
    // A page that was left while a form was under way comes back as it was then.
    on(&window(), "pageshow", |event| {
        if Reflect::get(&event, &"persisted".into()).is_ok_and(|it| it.is_truthy()) {
            window().location().reload().ok();
        }
    });
}

/// Shows how things are after a form was carried out, and says so.
pub async fn after(form: &HtmlFormElement, answer: &Answer) {
    let origin = Origin::of(form);
    // It cannot be shown again, whatever comes of the rest.
    let once = show_once(form, answer);
    if !renew(Kept::AllBut(form)).await {
        // What was sent is done, though the page cannot show it yet.
        form.reset();
        renew_key(form);
    }
    let Some(near) = origin.now() else { return };
    let place = outcome::place(&near, ".success");
    let said = answer.message().or_else(|| save(form, answer)).zip(place).map(|(text, place)| {
        outcome::say(&place, &text);
        place
    });
    if said.is_none()
        && let Ok(Some(section)) = near.closest("section")
        && let Some(news) = find(&section, "[role=status]:not(:empty)")
    {
        outcome::announce(&news.text_content().unwrap_or_default());
    }
    let next = once.or_else(|| open_next(form, answer));
    // Where the form is gone, the focus is nowhere, unless its user has moved on.
    let is_form = near.tag_name() == "FORM";
    if !outcome::has_focus(if is_form { &near } else { form }) {
        return;
    }
    let next =
        next.or_else(|| outcome::control_of(&near)).or(said).or_else(|| find(&document(), "h1"));
    if let Some(next) = next {
        focus(&next);
    }
}

/// Puts what is shown only once into the section of the form that asked for it.
fn show_once(form: &Element, answer: &Answer) -> Option<Element> {
    let section = form.closest("section").ok().flatten()?;
    let place = find(&section, "[data-once]")?;
    place.set_inner_html(&answer.shown()?);
    find(&place, "[tabindex]")
}

/// Saves the answer as a file, if the form is there for that, and says so.
fn save(form: &Element, answer: &Answer) -> Option<String> {
    let name = form.get_attribute("data-download")?;
    let text = JSON::stringify_with_replacer_and_space(answer, &JsValue::NULL, &4.into()).ok()?;
    let file = Blob::new_with_str_sequence(&Array::of1(&text)).ok()?;
    let address = Url::create_object_url_with_blob(&file).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.unchecked_into();
    link.set_href(&address);
    link.set_download(&name);
    link.click();
    Some(["Saved as ", &name, "."].concat())
}

/// Opens what comes next for a new thing, such as its name field.
fn open_next(form: &Element, answer: &Answer) -> Option<Element> {
    let id = [form.get_attribute("data-opens")?, answer.id()?].concat();
    let next: HtmlDetailsElement = document().get_element_by_id(&id)?.unchecked_into();
    next.set_open(true);
    let field: HtmlInputElement = find(&next, "input:not([type=hidden])")?.unchecked_into();
    field.select();
    Some(field.into())
}

/// Replaces `<main>`. Returns whether the page is up to date then; if not, the page says so.
pub async fn renew(kept: Kept<'_>) -> bool {
    let Some(fresh) = fetch().await else { return false };
    if !is_same_user(&fresh).await {
        return false;
    }
    let (Some(old), Some(new)) = (find(&document(), "main"), find(&fresh, "main")) else {
        return false;
    };
    let focused = Focused::within(&old);
    keep(&old, &new, &kept);
    old.replace_with_with_node_1(&new).ok();
    times::show(&new);
    if let Ok(renewed) = CustomEvent::new("renewed") {
        document().dispatch_event(&renewed).ok();
    }
    if let Some(focused) = focused {
        focused.restore();
    }
    true
}

/// The page as the server shows it by now.
async fn fetch() -> Option<Document> {
    let page = async {
        let init = RequestInit::new();
        let headers = Headers::new().ok()?;
        headers.set("accept", "text/html").ok()?;
        init.set_headers(&headers);
        let href = window().location().href().ok()?;
        let response = JsFuture::from(window().fetch_with_str_and_init(&href, &init)).await.ok()?;
        let response: Response = response.unchecked_into();
        let text = JsFuture::from(response.text().ok()?).await.ok()?.as_string()?;
        Some((response, text))
    };
    let Some((response, text)) = page.await else {
        tell_unread(Some(OUT_OF_DATE));
        return None;
    };
    if response.redirected() {
        // This page is not for its user any more.
        leave(Some(&response.url())).await;
        return None;
    }
    let content_type = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    // What is not there any more is said by a page as well.
    let is_page = response.ok() || response.status() == 404;
    if is_page && content_type.starts_with("text/html") {
        tell_unread(None);
        return DomParser::new().ok()?.parse_from_string(&text, SupportedType::TextHtml).ok();
    }
    // The server says a sentence. What stands before it may say anything.
    let is_sentence = content_type.starts_with("text/plain") && !text.is_empty();
    tell_unread(Some(if is_sentence { &text } else { OUR_FAULT }));
    None
}

/// Goes to another page or loads this one anew, unless it shows what could not be shown again.
async fn leave(address: Option<&str>) {
    if find(&document(), "[data-once] > *").is_some() {
        return tell_unread(Some(SHOWN_ONCE));
    }
    let location = window().location();
    match address {
        Some(address) => location.assign(address).ok(),
        None => location.reload().ok(),
    };
    never().await;
}

fn tell_unread(sentence: Option<&str>) {
    if let Some(notice) = find(&document(), "#unread") {
        set_text(&notice, "p", sentence.unwrap_or_default());
        set_hidden(&notice, sentence.is_none());
    }
}

/// Says that the page a link leads to cannot be read now.
pub fn tell_offline() {
    tell_unread(Some(OUT_OF_DATE));
}

fn user_of(page: &Document) -> Option<String> {
    find(page, "body")?.get_attribute("data-user")
}

/// Whether the page is still of the same user. If not it is loaded anew, so that it never mixes two
/// accounts.
async fn is_same_user(fresh: &Document) -> bool {
    let is_same = user_of(fresh) == user_of(&document());
    if !is_same {
        leave(None).await;
    }
    is_same
}

fn keep(old: &Element, new: &Element, kept: &Kept) {
    let is_sent = |part: &Element| match kept {
        Kept::Everything => false,
        Kept::AllBut(form) => part.contains(Some(form)),
    };
    let everything = matches!(kept, Kept::Everything);
    for form in find_all(old, "form").filter(|it| !is_sent(it)) {
        let Some(again) = find(new, &outcome::selector_of(&form)) else { continue };
        for field in find_all(&form, "[name]") {
            let name = field.get_attribute("name").unwrap_or_default();
            if is_changed(&field, &name)
                && let Some(again) = find(&again, &["[name='", &name, "']"].concat())
            {
                // Every kind of field has a value.
                again.unchecked_into::<HtmlInputElement>().set_value(&value(&field));
            }
        }
    }
    for open in find_all(old, "details[open][id]") {
        if let Some(again) = find(new, &["details[id='", &open.id(), "']"].concat())
            && !(is_sent(&open) && open.class_list().contains("edit"))
        {
            again.set_attribute("open", "").ok();
        }
    }
    for once in find_all(old, "[data-once][id]").filter(|it| !is_sent(it)) {
        if let Some(again) = find(new, &["[data-once][id='", &once.id(), "']"].concat())
            && !(everything && is_unsure(&once))
        {
            again.replace_with_with_node_1(&once).ok();
        }
    }
}

/// Whether a field does not hold what the server wrote into it. What is hidden is the server's, but for the
/// key of an order, whose answer may be lost.
fn is_changed(field: &Element, name: &str) -> bool {
    if field.get_attribute("type").as_deref() == Some("hidden") {
        return name == "idempotency_key";
    }
    let at_first = match find(field, "option[selected]").or_else(|| find(field, "option")) {
        Some(option) => Some(value(&option)),
        None => Reflect::get(field, &"defaultValue".into()).ok().and_then(|it| it.as_string()),
    };
    at_first.as_ref() != Some(&value(field))
}

/// Whether the form beside it got no answer, so that what it showed before may be void.
fn is_unsure(once: &Element) -> bool {
    let section = once.closest("section").ok().flatten();
    section.is_some_and(|it| find(&it, "[aria-disabled]").is_some())
}

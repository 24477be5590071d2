//! Where a page says what came of a form: at a field, in the form, or in the section around it. Only the
//! newest outcome stands, so that a page never shows a success and an error together.

use super::{
    call::Problem,
    dom::{document, find, find_all, focus, sleep, window},
};
use web_sys::Element;

const ALL: &str = ".alert, .error, .success, .cancelled";
/// What hides what it holds.
const CLOSED: &str = "dialog:not([open]), details:not([open])";

/// The button that sends a form.
const SUBMIT: &str = "button:not([type=button])";

/// The button of a form, or else what opens the part of the page that the form is hidden in.
pub fn control_of(form: &Element) -> Option<Element> {
    if form.tag_name() != "FORM" {
        return None;
    }
    match form.closest(CLOSED).ok()? {
        None => find(form, SUBMIT),
        Some(closed) => {
            let opener = ["[aria-controls='", &closed.id(), "']"].concat();
            find(&closed, "summary").or_else(|| find(&document(), &opener))
        }
    }
}

/// Whether the focus is with a form or another part of the page, on what opens it, or nowhere. Otherwise
/// the user has moved on, and nothing takes the focus away.
pub fn has_focus(part: &Element) -> bool {
    document().active_element().is_none_or(|it| {
        it.tag_name() == "BODY"
            || part.contains(Some(&it))
            || control_of(part).is_some_and(|control| control == it)
    })
}

/// Removes every outcome from the page, so that the same words are said aloud again.
pub fn clear() {
    announce("");
    for place in find_all(&document(), ALL) {
        place.set_text_content(None);
    }
    for field in find_all(&document(), "[aria-invalid]") {
        field.remove_attribute("aria-invalid").ok();
    }
}

/// Where a form is, for the page that comes after: it may be gone there with what it was about.
pub struct Origin {
    form: String,
    section: Option<String>,
}

impl Origin {
    pub fn of(form: &Element) -> Self {
        let section = form.closest("section[id]").ok().flatten().map(|it| it.id());
        Self { form: selector_of(form), section }
    }

    /// The same form, or else the section that it was in, or the page.
    pub fn now(&self) -> Option<Element> {
        let page = document();
        let section = || page.get_element_by_id(self.section.as_ref()?);
        find(&page, &self.form).or_else(section).or_else(|| find(&page, "main"))
    }
}

/// What finds a form on the page that comes after: the same call, about the same thing.
pub fn selector_of(form: &Element) -> String {
    let action = form.get_attribute("action").unwrap_or_default();
    let about = find(form, "[name=id]").and_then(|it| it.get_attribute("value"));
    let about = about.map(|it| [":has([name=id][value='", &it, "'])"].concat()).unwrap_or_default();
    ["form[action='", &action, "']", &about].concat()
}

/// The place of a kind of outcome: in the form, unless it is hidden or gone, or else in the section or
/// the page.
pub fn place(form: &Element, kind: &str) -> Option<Element> {
    let around = |selector: &str| form.closest(selector).ok().flatten();
    let is_shown = form.tag_name() == "FORM" && around(CLOSED).is_none();
    let own = if is_shown { find(form, kind) } else { None };
    let direct = [":scope > ", kind].concat();
    let of = |selector: &str| around(selector).and_then(|it| find(&it, &direct));
    own.or_else(|| of("section")).or_else(|| of("main"))
}

/// Says it in a place of the page, and aloud.
pub fn say(place: &Element, text: &str) {
    place.set_text_content(Some(text));
    announce(text);
}

/// Says what went wrong, and waits with the form's button as long as the server asks to.
pub async fn show(form: &Element, problem: &Problem) {
    let button = if form.tag_name() == "FORM" { find(form, SUBMIT) } else { None };
    let is_here = has_focus(form);
    if is_here && let Some(control) = control_of(form) {
        focus(&control);
    }
    if problem.is_cancelled() {
        if let Some(place) = place(form, ".cancelled") {
            place.set_text_content(Some("Cancelled. Try again when you are ready."));
        }
        return;
    }
    if let Some(name) = &problem.field
        && let Some(place) = find(form, &[".error[data-field~='", name, "']"].concat())
        && let Some(field) = find(form, &["[aria-describedby~='", &place.id(), "']"].concat())
    {
        place.set_text_content(Some(&problem.text));
        field.set_attribute("aria-invalid", "true").ok();
        if is_here {
            focus(&field);
        }
        return;
    }
    let Some(place) = place(form, ".alert") else { return };
    if problem.wait == 0 {
        place.set_text_content(Some(&problem.text));
        if let Some(link) = &problem.link {
            add_link(&place, &link.0, &link.1);
        }
        return;
    }
    count_down(&place, button.as_ref(), problem).await;
}

/// A link on the page to where the problem is solved. An address that ends in `=` takes this page's path.
fn add_link(place: &Element, href: &str, text: &str) {
    let Ok(link) = document().create_element("a") else { return };
    let path = if href.ends_with('=') { window().location().pathname() } else { Ok(String::new()) };
    link.set_attribute("href", &[href, &path.unwrap_or_default()].concat()).ok();
    link.set_text_content(Some(text));
    place.append_with_str_1(" ").ok();
    place.append_with_node_1(&link).ok();
}

/// A screen reader says the wait once; on the page it counts down, and goes when it is over.
async fn count_down(place: &Element, button: Option<&Element>, problem: &Problem) {
    place.set_inner_html("<span class=visually-hidden></span><span aria-hidden=true></span>");
    let (Some(said), Some(shown)) = (place.first_element_child(), place.last_element_child())
    else {
        return;
    };
    said.set_text_content(Some(&problem.text));
    if let Some(button) = button {
        button.set_attribute("aria-disabled", "true").ok();
    }
    let before = problem.text.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
    for left in (1..=problem.wait).rev() {
        let unit = if left == 1 { " second." } else { " seconds." };
        shown.set_text_content(Some(&[before, &left.to_string(), unit].concat()));
        sleep(1000).await;
    }
    // Another outcome may stand there by now.
    if said.is_connected() {
        place.set_text_content(None);
    }
    if let Some(button) = button {
        button.remove_attribute("aria-disabled").ok();
    }
}

/// Has assistive technology say it.
pub fn announce(text: &str) {
    if let Some(status) = find(&document(), "#status") {
        status.set_text_content(Some(text));
    }
}

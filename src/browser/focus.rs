//! What has the focus, for the page that comes after.

use super::{
    dom::{document, find, focus},
    outcome,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

pub struct Focused {
    /// What finds it, wherever it is by then.
    selector: String,
    /// What is selected, if it is a text field.
    selection: Option<(u32, u32)>,
}

impl Focused {
    pub fn within(part: &Element) -> Option<Self> {
        let control = document().active_element().filter(|it| part.contains(Some(it)))?;
        let field: &HtmlInputElement = control.unchecked_ref();
        let start = field.selection_start().ok().flatten();
        let selection = start.zip(field.selection_end().ok().flatten());
        Some(Self { selector: selector_of(&control), selection })
    }

    pub fn restore(&self) {
        let Some(control) = find(&document(), &self.selector) else { return };
        focus(&control);
        if let Some((start, end)) = self.selection {
            let field: &HtmlInputElement = control.unchecked_ref();
            field.set_selection_range(start, end).ok();
        }
    }
}

/// What finds a control: by its form, or the part that it opens, and by what tells it from others there.
fn selector_of(control: &Element) -> String {
    let around = match control.closest("form, details[id]") {
        Ok(Some(form)) if form.tag_name() == "FORM" => outcome::selector_of(&form),
        Ok(Some(details)) => ["[id='", &details.id(), "']"].concat(),
        _ => String::new(),
    };
    let named = ["name", "id", "aria-controls", "data-does", "href"]
        .into_iter()
        .find_map(|name| Some(["[", name, "='", &control.get_attribute(name)?, "']"].concat()));
    let named = named.as_deref().unwrap_or(":not([type=button])");
    [&around, " ", &control.tag_name(), named].concat()
}

//! A form that was sent without scripts and refused, on the page that shows it again.

use crate::server::answers::RefusedForm;
use leptos::prelude::*;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The form that a part of a page is in, and how it was refused if it was.
#[derive(Clone, Default)]
pub struct Refused {
    /// What the ids of the form's fields begin with.
    pub id: String,
    form: Option<Arc<RefusedForm>>,
    /// Whether a field says what is wrong.
    said: Arc<AtomicBool>,
}

/// The refused form of the page that is rendered.
#[derive(Clone)]
pub struct OnPage {
    pub form: Option<Arc<RefusedForm>>,
    /// Whether a form of the page has shown it.
    pub shown: Arc<AtomicBool>,
}

impl Refused {
    /// The form with these parameters, and how it was refused if it is the page's refused one.
    pub fn find(action: &str, about: &str) -> Self {
        let form = use_context::<OnPage>().and_then(|page| {
            let form = page.form.filter(|it| {
                it.path == action && (about.is_empty() || it.typed("id") == Some(about))
            });
            page.shown.fetch_or(form.is_some(), Ordering::Relaxed);
            form
        });
        let id = format!("{}{about}", action.trim_start_matches("/api").replace('/', "-"));
        Self { id: id.trim_start_matches('-').to_owned(), form, said: Arc::default() }
    }

    /// The refused form, if no part of the page that is rendered by now is that form.
    pub fn elsewhere() -> Self {
        let page = use_context::<OnPage>();
        let form = page.filter(|it| !it.shown.load(Ordering::Relaxed)).and_then(|it| it.form);
        Self { form, ..Self::default() }
    }

    /// The page that is shown again, whose address is that of the call.
    pub fn page() -> Option<String> {
        Some(use_context::<OnPage>()?.form?.page.clone())
    }

    /// Whether this form was refused.
    pub fn is_here(&self) -> bool {
        self.form.is_some()
    }

    /// The form around this part of the page.
    pub fn current() -> Self {
        use_context().unwrap_or_default()
    }

    /// What was typed in a field.
    pub fn typed(&self, name: &str) -> Option<String> {
        Some(self.form.as_ref()?.typed(name)?.to_owned())
    }

    /// What is wrong with a field, by one of the names that the call has for it.
    pub fn of_field(&self, names: &str) -> Option<String> {
        let form = self.form.as_ref()?;
        let is_here = form.field().is_some_and(|field| names.split(' ').any(|it| it == field));
        self.said.fetch_or(is_here, Ordering::Relaxed);
        is_here.then(|| form.message())
    }

    /// What went wrong, unless a field has said it, and where that can be solved: an address and the text of a link to it.
    pub fn of_form(&self) -> Option<(String, Option<(String, String)>)> {
        let form = self.form.as_ref().filter(|_| !self.said.load(Ordering::Relaxed))?;
        Some((form.message(), form.link()))
    }
}

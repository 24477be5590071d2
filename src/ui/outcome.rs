//! Decides which outcome a page shows: only the newest, whichever form it is of, so that a page never
//! shows a success and an error together. [`super::Alert`] and [`Success`] keep to it.

use leptos::{html::P, prelude::*};

/// The outcomes of the page on show, each with a number.
#[derive(Clone, Copy)]
pub struct Outcomes {
    count: StoredValue<usize>,
    newest: RwSignal<Option<usize>>,
}

impl Outcomes {
    pub fn provide() {
        provide_context(Self { count: StoredValue::new(0), newest: RwSignal::new(None) });
    }
}

/// Whether an outcome is the page's newest. `is_there` is asked again whenever it may have changed.
pub fn is_newest(is_there: impl Fn() -> bool + 'static) -> impl Fn() -> bool + Copy {
    let Outcomes { count, newest } = expect_context::<Outcomes>();
    count.update_value(|count| *count += 1);
    let own = count.get_value();
    Effect::new(move |_| {
        if is_there() && newest.get_untracked() != Some(own) {
            newest.set(Some(own));
        }
    });
    move || newest.get().is_none_or(|newest| newest == own)
}

/// The place of a success: announced when there is one, empty otherwise.
#[component]
pub fn Success(
    #[prop(into)] text: Signal<Option<String>>,
    #[prop(optional)] node_ref: NodeRef<P>,
) -> impl IntoView {
    let is_newest = is_newest(move || text.with(Option::is_some));
    view! {
        <p node_ref=node_ref role="status" class="success" tabindex="-1">
            {move || text.get().filter(|_| is_newest())}
        </p>
    }
}

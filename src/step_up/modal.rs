use leptos::prelude::*;
pub struct StepUp;
#[component]
pub fn StepUpModal() -> impl IntoView {}
pub fn resume() {}

//! The one modal for the whole app, as it is before it opens. The browser's half fills in the server's
//! sentence for the action and everything else that is signed, never what a form says.

use crate::{
    islands::StepUpModal,
    server::feature::Method,
    ui::{Icon, glyph},
};
use leptos::prelude::*;

#[component]
pub fn Modal(methods: &'static [&'static dyn Method]) -> impl IntoView {
    view! {
        <StepUpModal>
            <dialog id="step-up" class="step-up" aria-labelledby="step-up-title" aria-describedby="step-up-summary step-up-details">
                <div id="step-up-text" class="text" tabindex="-1">
                    <span class="glyph"><Icon of=glyph::PASSKEY/></span>
                    <span class="glyph tick"><Icon of=glyph::CHECK/></span>
                    <h2 id="step-up-title" tabindex="-1" autofocus>"Let's make sure it's you"</h2>
                    <p id="step-up-summary" class="summary"></p>
                    <dl id="step-up-details" class="details"></dl>
                    <p id="step-up-until" class="hint" hidden>
                        "A passkey that was added with a password or after a recovery can confirm this from " <time></time> "."
                    </p>
                </div>
                <div class="actions">
                    {methods.iter().map(|method| view! {
                        <div data-method=method.name() hidden>{method.form()}</div>
                    }).collect_view()}
                    <button type="button" class="more primary wide">"Read on"</button>
                    <button type="button" class="wide" data-does="close">"Cancel"</button>
                    <p class="hint">"Signs exactly this, once. You stay signed in as you are."</p>
                </div>
            </dialog>
        </StepUpModal>
    }
}

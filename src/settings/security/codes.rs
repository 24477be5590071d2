//! Making recovery codes, which are shown once.

use crate::{
    account::{Me, current::CurrentAccount},
    browser,
    date::date_time,
    error::Result,
    settings::{Codes, CodesLeft, GenerateCodes},
    step_up,
    ui::{Alert, BusyButton, CallForm, Problem, Reading, Success},
};
use leptos::{html::Ol, prelude::*, task::spawn_local};

#[component]
pub fn RecoveryCodes(
    generate: ServerAction<GenerateCodes>,
    codes_left: Reading<CodesLeft>,
) -> impl IntoView {
    let resumed = step_up::resume(generate);
    let account = expect_context::<CurrentAccount>();
    // The codes stay on the page while new ones are only asked for: they are good until those are made.
    let shown = RwSignal::new(None::<Codes>);
    Effect::new(move |_| {
        if let Some(Ok(made)) = generate.value().get() {
            shown.set(Some(made));
            account.keep_page();
            account.read_again();
        }
    });
    Effect::new(move |_| {
        if resumed.problem.get() == Some(Problem::Unanswered) {
            shown.set(None);
        }
    });
    view! {
        <section class="card" aria-labelledby="codes-title">
            <h2 id="codes-title">"Recovery codes"</h2>
            <p class="hint">
                "Each code gets you back in once when every passkey is lost. Keep them on paper, away from your devices."
            </p>
            <Transition fallback=|| ()>
                <p>
                    {move || Suspend::new(async move {
                        codes_left.last().await.map(|left| match left.remaining {
                            0 => "You have no codes.".to_owned(),
                            1 => "You have 1 code left.".to_owned(),
                            more => format!("You have {more} codes left."),
                        })
                    })}
                </p>
            </Transition>
            <CallForm action=generate busy=resumed.busy>
                <BusyButton
                    label="Make new codes"
                    working="Working…"
                    busy=resumed.busy
                    problem=resumed.problem
                    class=""
                />
                <p class="hint">"New codes replace all old ones."</p>
                <Alert problem=resumed.problem/>
            </CallForm>
            {move || shown.get().map(|made| view! { <SaveCodes made/> })}
        </section>
    }
}

/// Shows the codes once, with what tells them apart from those of other accounts and sites.
#[component]
fn SaveCodes(made: Codes) -> impl IntoView {
    let me = expect_context::<Resource<Result<Me>>>();
    let origin = me.get_untracked().and_then(Result::ok).map(|me| me.origin).unwrap_or_default();
    let title = "Latchkey recovery codes";
    let about = [
        format!("Account: {}", made.email),
        format!("Site: {origin}"),
        format!("Made: {}", date_time(made.created_at)),
    ];
    let text = format!("{title}\n{}\n\n{}\n", about.join("\n"), made.codes.join("\n"));
    let text = StoredValue::new(text);
    let list = NodeRef::<Ol>::new();
    let copied = RwSignal::new(None::<Result<(), Problem>>);
    let done = Signal::derive(move || copied.get()?.is_ok().then(|| "Copied.".to_owned()));
    let problem = Signal::derive(move || copied.get()?.err());
    // The new codes get the focus, since they are the next thing to read.
    Effect::new(move |_| {
        list.get().map(|list| list.focus());
    });
    view! {
        <div class="codes">
            <p class="on-screen"><strong>"Save these codes now. They are not shown again."</strong></p>
            <h3>{title}</h3>
            <ul class="about">{about.map(|line| view! { <li>{line}</li> })}</ul>
            <ol node_ref=list tabindex="-1" aria-label="Your recovery codes">
                {made.codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
            </ol>
            <div class="buttons">
                <button on:click=move |_| spawn_local(async move {
                    let outcome = browser::copy(&text.get_value()).await;
                    copied.set(Some(outcome.map_err(Problem::from)));
                })>"Copy"</button>
                <button on:click=move |_| browser::save("latchkey-recovery-codes.txt", "text/plain", &text.get_value())>
                    "Download"
                </button>
                <button on:click=move |_| drop(window().print())>"Print"</button>
            </div>
            <Alert problem/>
            <Success text=done/>
        </div>
    }
}

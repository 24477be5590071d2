//! Settings › Security: password, recovery codes, phone number, deletion of the account. A recovery
//! session sees only what adds a way to sign in.

use super::{
    ChangePhone, Codes, CodesLeft, DeleteAccount, GenerateCodes, RemovePassword, SetPassword,
    count_codes,
    page::SettingsNav,
    passkeys::{Passkey, page::AddPasskey},
};
use crate::{
    account::{Me, current::CurrentAccount},
    browser,
    date::date_time,
    error::{Error, Result},
    step_up,
    ui::{
        Alert, BusyButton, CallForm, NeedsScripts, NewPassword, PageHeading, Problem, ReadAgain,
        Reading, Success, go_to, hydrated, retry_countdown, value_of,
    },
};
use leptos::{
    html::{Form, Input, Ol},
    prelude::*,
    task::spawn_local,
};

#[component]
pub fn SecurityPage() -> impl IntoView {
    let me = expect_context::<Resource<Result<Me>>>();
    let generate = ServerAction::<GenerateCodes>::new();
    let codes_left = Reading::new(move || generate.version().get(), |_| count_codes());
    // The first reading decides: the parts of the page stay while what they show is read again.
    let page = move || {
        Some(match me.get()?.ok()?.account?.recovering {
            true => view! { <Recovering/> }.into_any(),
            false => view! { <Security generate codes_left/> }.into_any(),
        })
    };
    view! { <Transition>{page}</Transition> }
}

/// For a user who signed in by recovery code: adds a way to sign in, then leads on to sign in with it.
#[component]
fn Recovering() -> impl IntoView {
    let added = move |passkey: Option<Passkey>| {
        if passkey.is_some() {
            go_to("/signin?mended=passkey");
        }
    };
    view! {
        <PageHeading title="Get back in" description="Add a passkey or set a password after using a recovery code."/>
        <p class="lead">
            "You used a recovery code. Add a passkey or set a password; then you are signed out, and sign in with it."
        </p>
        <p class="hint">
            "For your safety it only signs you in at first: it can confirm something after a while, and Settings says from when. Until then whoever has one of your older passkeys, or your password, can undo it."
        </p>
        <section class="card" aria-labelledby="passkey-title">
            <h2 id="passkey-title">"Passkey"</h2>
            <AddPasskey tried=added/>
            <NeedsScripts/>
        </section>
        <Password recovering=true/>
    }
}

#[component]
fn Security(
    generate: ServerAction<GenerateCodes>,
    codes_left: Reading<CodesLeft>,
) -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let phone = Memo::new(move |_| account.get().and_then(|it| it.phone));
    let email = untrack(|| account.get()).map(|it| it.user.email).unwrap_or_default();
    view! {
        <SettingsNav/>
        <PageHeading title="Security" description="Set a password, make recovery codes, or delete your Latchkey account."/>
        <ReadAgain reading=codes_left/>
        <Password recovering=false/>
        <PasswordRemoval/>
        <RecoveryCodes generate codes_left/>
        <PhoneNumber phone/>
        <End email/>
        <NeedsScripts/>
    }
}

#[component]
fn Password(recovering: bool) -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let set = ServerAction::<SetPassword>::new();
    let resumed = step_up::resume(set);
    let form = NodeRef::<Form>::new();
    Effect::new(move |_| {
        if let (Some(Ok(_)), Some(form)) = (set.value().get(), form.get_untracked()) {
            if recovering {
                return go_to("/signin?mended=password");
            }
            form.reset();
            account.read_again();
        }
    });
    let done = Signal::derive(move || {
        let done = !resumed.busy.get() && matches!(set.value().get(), Some(Ok(_)));
        done.then(|| "Your password is set. You are signed out everywhere else.".to_owned())
    });
    let hint = move || {
        let account = account.get()?;
        Some(match account.password_settled_at {
            _ if recovering => "A password of your own choice, instead of a passkey.".to_owned(),
            Some(at) => format!(
                "Your password was set after a recovery. It signs you in, and can confirm something from {}; until then the one before works too.",
                date_time(at),
            ),
            None if account.has_password => {
                "You have a password. Changing it signs you out everywhere else.".to_owned()
            }
            None => {
                "A password is another way in where you have no passkey. It cannot confirm what takes a passkey."
                    .to_owned()
            }
        })
    };
    view! {
        <section class="card" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            <p class="hint">{hint}</p>
            <CallForm action=set busy=resumed.busy node_ref=form>
                <NewPassword label="New password" name="new_password"/>
                <BusyButton
                    label="Set password"
                    working="Working…"
                    busy=resumed.busy
                    problem=resumed.problem
                    class=""
                    needs_scripts=false
                />
                <Alert problem=resumed.problem/>
                <Success text=done/>
            </CallForm>
        </section>
    }
}

/// Removes the password: without one, nobody can steal it.
#[component]
fn PasswordRemoval() -> impl IntoView {
    let account = expect_context::<CurrentAccount>();
    let remove = ServerAction::<RemovePassword>::new();
    let resumed = step_up::resume(remove);
    Effect::new(move |_| {
        if matches!(remove.value().get(), Some(Ok(_))) {
            account.read_again();
        }
    });
    let has_password = Memo::new(move |_| account.get().is_some_and(|it| it.has_password));
    let has_settled_passkey =
        Memo::new(move |_| account.get().is_some_and(|it| it.has_settled_passkey));
    let removed =
        Memo::new(move |_| !resumed.busy.get() && matches!(remove.value().get(), Some(Ok(_))));
    let done = Signal::derive(move || {
        removed
            .get()
            .then(|| "Your password is removed. You are signed out everywhere else.".to_owned())
    });
    view! {
        <section
            class="card"
            aria-labelledby="remove-password-title"
            hidden=move || !has_password.get() && !removed.get()
        >
            <h2 id="remove-password-title">"Remove the password"</h2>
            <p class="hint">
                {move || if has_settled_passkey.get() {
                    "Without a password nobody can steal one. Your passkeys and recovery codes sign you in, and you are signed out everywhere else."
                } else {
                    "Add a passkey first. Once it can confirm something you can remove your password with it."
                }}
            </p>
            <Show when=move || has_password.get() && has_settled_passkey.get()>
                <CallForm action=remove busy=resumed.busy>
                    <BusyButton
                        label="Remove password"
                        working="Working…"
                        busy=resumed.busy
                        problem=resumed.problem
                        class="danger"
                    />
                </CallForm>
            </Show>
            <Alert problem=resumed.problem/>
            <Success text=done/>
        </section>
    }
}

#[component]
fn RecoveryCodes(
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

#[component]
fn PhoneNumber(phone: Memo<Option<String>>) -> impl IntoView {
    let change = ServerAction::<ChangePhone>::new();
    let resumed = step_up::resume(change);
    let account = expect_context::<CurrentAccount>();
    // Another attempt that fails must not bring back the number before.
    Effect::new(move |_| {
        if matches!(change.value().get(), Some(Ok(_))) {
            account.read_again();
        }
    });
    let changed = move || match change.value().get() {
        Some(Ok(changed)) => Some(changed.phone),
        _ => None,
    };
    let now = move || match changed().or_else(|| phone.get()) {
        Some(phone) => format!("Your number is {phone}."),
        None => "You have not given a number.".to_owned(),
    };
    view! {
        <section class="card" aria-labelledby="phone-title">
            <h2 id="phone-title">"Phone number"</h2>
            <p role="status">{now}</p>
            <CallForm action=change busy=resumed.busy>
                <label>
                    "New phone number"
                    <input type="tel" name="phone" required autocomplete="tel" placeholder="+44 20 7946 0000"/>
                </label>
                <BusyButton label="Change number" working="Working…" busy=resumed.busy problem=resumed.problem class="" needs_scripts=false/>
                <Alert problem=resumed.problem/>
            </CallForm>
        </section>
    }
}

#[component]
fn End(email: String) -> impl IntoView {
    let delete = ServerAction::<DeleteAccount>::new();
    let resumed = step_up::resume(delete);
    let hydrated = hydrated();
    let field = NodeRef::<Input>::new();
    let typed = value_of(field, "");
    let asked = email.clone();
    let left = retry_countdown(resumed.problem);
    let matches_email = move || typed.get().trim().to_lowercase() == email;
    let account = expect_context::<CurrentAccount>();
    // Leaves once the account is gone, even if the answer that says so was lost.
    Effect::new(move |_| match delete.value().get() {
        Some(Ok(_)) => go_to("/"),
        Some(Err(Error::Offline)) if account.is_gone() => go_to("/"),
        _ => {}
    });
    view! {
        <section class="card" aria-labelledby="end-title">
            <h2 id="end-title">"Delete the account"</h2>
            <p class="hint">
                "Everything that is yours is deleted."
                " Your demo money goes back to where it came from, and receipts stay with those whom you have paid or who have paid you." // with: transfer
                " This cannot be undone."
            </p>
            <CallForm action=delete busy=resumed.busy>
                <label>
                    {format!("Type {asked} to confirm")}
                    <input node_ref=field autocomplete="off" spellcheck="false" bind:value=typed/>
                </label>
                <button
                    class="danger"
                    disabled=move || !hydrated.get() || !matches_email() || left.get() != 0
                >
                    "Delete my account"
                </button>
                <Alert problem=resumed.problem/>
            </CallForm>
        </section>
    }
}

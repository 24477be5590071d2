//! The demo page: balance, the form, and what was sent and received.

use super::{
    BUSINESSES, History, MAX_NOTE_CHARS, SendTransfer, Transfer, errors, list_transfers, money,
    payee_name, transfer_receipt,
};
use crate::{
    account::current::CurrentAccount,
    browser,
    date::date,
    step_up,
    ui::{
        Alert, BusyButton, NeedsScripts, PAGE_AND_ONE, PageHeading, Pager, Problem, ReadAgain,
        Reading, Success, before, fields, hydrated, page_of, value_of,
    },
};
use leptos::{
    html::{Form, Select},
    prelude::*,
    task::spawn_local,
};
use serde::Deserialize;
use web_sys::SubmitEvent;

#[component]
pub fn TransferPage() -> impl IntoView {
    let before = before();
    let history =
        Reading::new(move || before.get(), |before| list_transfers(before, Some(PAGE_AND_ONE)));
    view! {
        <PageHeading title="Send money" description="Send demo money. Your passkey signs exactly the transfer that you see."/>
        <ReadAgain reading=history/>
        <section class="card balance" aria-label="Balance">
            <p class="hint">"Your balance " <span class="tag">"Demo money"</span></p>
            <Transition fallback=|| view! { <p class="amount">"…"</p> }>
                <p class="amount">
                    {move || Suspend::new(async move { history.last().await.map(|it| money::format(it.balance_cents)) })}
                </p>
            </Transition>
        </section>
        <TransferForm history/>
        <section id="history" class="card" aria-labelledby="history-title">
            <h2 id="history-title">"History"</h2>
            <Transition fallback=|| view! { <p class="empty">"Loading…"</p> }>
                {move || Suspend::new(async move { history.last().await.map(rows) })}
            </Transition>
        </section>
    }
}

/// The form, as it is filled in.
#[derive(Deserialize)]
struct Typed {
    /// A business, or empty if `email` names the payee.
    payee: String,
    #[serde(default)]
    email: String,
    amount: String,
    #[serde(default)]
    note: String,
}

#[component]
fn TransferForm(history: Reading<History>) -> impl IntoView {
    let send = ServerAction::<SendTransfer>::new();
    let resumed = step_up::resume(send);

    let form = NodeRef::<Form>::new();
    let select = NodeRef::<Select>::new();
    let payee = value_of(select, BUSINESSES[0].0);
    // Each form has one key, so that sending it again after a lost answer pays nothing twice.
    let key = StoredValue::new(None::<String>);
    let to = RwSignal::new(String::new());
    let sent = Memo::new(move |_| match send.value().get() {
        Some(Ok(sent)) => Some(sent.transfer),
        _ => None,
    });
    Effect::new(move |_| {
        if sent.get().is_some() {
            key.set_value(None);
            if let Some(form) = form.get_untracked() {
                form.reset();
                payee.set(BUSINESSES[0].0.to_owned());
            }
        }
        // The history is read again after an answer, and after a lost one too.
        if send.version().get() > 0 {
            history.read_again();
        }
    });
    let submit = move |event: SubmitEvent| {
        let (Some(typed), false) = (fields::<Typed>(&event), resumed.busy.get_untracked()) else {
            return;
        };
        let new_key = || window().crypto().map(|it| it.random_uuid()).unwrap_or_default();
        let order = SendTransfer {
            payee: if typed.payee.is_empty() { typed.email } else { typed.payee },
            amount: Some(typed.amount),
            amount_cents: None,
            note: Some(typed.note),
            idempotency_key: key.get_value().unwrap_or_else(new_key),
        };
        key.set_value(Some(order.idempotency_key.clone()));
        to.set(order.payee.clone());
        send.dispatch(order);
    };
    // Another order is another form, with another key.
    let change = move |_| key.set_value(None);
    let account = expect_context::<CurrentAccount>();
    let problem = Signal::derive(move || {
        let problem = resumed.problem.get()?;
        let text = match &problem {
            Problem::Refused(error) => errors::text(error),
            _ => None,
        };
        let Some(text) = text else { return Some(problem) };
        if text != errors::PAYEE.text {
            return Some(Problem::Told(text.to_owned()));
        }
        let to = to.get_untracked();
        let own =
            untrack(|| account.get()).is_some_and(|it| it.user.email == to.trim().to_lowercase());
        Some(Problem::Told(match own {
            true => "You cannot send money to yourself.".to_owned(),
            false => format!("We know nobody as “{}”. Check the payee.", to.trim()),
        }))
    });
    let done = Signal::derive(move || {
        let sent = sent.get().filter(|_| !resumed.busy.get())?;
        let (amount, payee) = (money::format(sent.amount_cents), payee_name(&sent.payee));
        Some(format!("Sent {amount} to {payee}."))
    });
    view! {
        <section class="card" aria-labelledby="form-title">
            <h2 id="form-title">"New transfer"</h2>
            <form node_ref=form on:submit=submit on:input=change>
                <label>
                    "To"
                    <select node_ref=select name="payee" bind:value=payee>
                        {BUSINESSES.map(|(id, name)| view! { <option value=id>{name}</option> })}
                        <option value="">"Somebody else, by e-mail"</option>
                    </select>
                </label>
                <Show when=move || payee.get().is_empty()>
                    <label>
                        "Their e-mail"
                        <input type="email" name="email" required autocomplete="off"/>
                    </label>
                </Show>
                <label>
                    "Amount in dollars"
                    <input name="amount" required inputmode="decimal" autocomplete="off" placeholder="0.00"/>
                </label>
                <label>
                    "Note (optional)"
                    <input name="note" maxlength=MAX_NOTE_CHARS autocomplete="off"/>
                </label>
                <div class="submit">
                    <BusyButton label="Send" working="Sending…" busy=resumed.busy problem/>
                    <p class="hint">"You confirm with your passkey. Demo money only."</p>
                </div>
            </form>
            <Alert problem/>
            <NeedsScripts/>
            <Success text=done/>
        </section>
    }
}

fn rows(history: History) -> impl IntoView {
    let (transfers, earlier) = page_of(history.transfers, |transfer| &transfer.id);
    view! {
        <ul class="rows">
            {transfers.into_iter().map(|transfer| view! { <Row transfer/> }).collect_view()}
        </ul>
        <Pager list="history" earlier/>
    }
}

#[component]
fn Row(transfer: Transfer) -> impl IntoView {
    let payee = payee_name(&transfer.payee).to_owned();
    let signed = transfer.payer.is_some();
    let (who, sign) = match (transfer.incoming, transfer.payer) {
        (false, _) => (format!("To {payee}"), "−"),
        (true, Some(payer)) => (format!("From {payer}"), "+"),
        (true, None) => (payee, "+"),
    };
    let amount = format!("{sign}{}", money::format(transfer.amount_cents));
    let label = format!("Receipt of {amount}, {who}");
    let id = transfer.id;
    let problem = RwSignal::new(None::<Problem>);
    let hydrated = hydrated();
    let save_receipt = move |_| {
        let id = id.clone();
        spawn_local(async move {
            match transfer_receipt(id.clone()).await {
                Ok(receipt) => {
                    let name = format!("receipt-{id}.json");
                    browser::save(&name, "application/json", &format!("{receipt:#}"));
                }
                Err(error) => problem.set(Some(error.into())),
            }
        });
    };
    view! {
        <li>
            <div class="name">
                <strong>{who}</strong>
                <span class="amount" class:incoming=transfer.incoming>{amount}</span>
            </div>
            <p class="facts">
                {date(transfer.created_at)} {(!transfer.note.is_empty()).then(|| format!(" · {}", transfer.note))}
                {signed.then(|| view! { " · " <button class="link" aria-label=label disabled=move || !hydrated.get() on:click=save_receipt>"Receipt"</button> })}
            </p>
            <Alert problem/>
        </li>
    }
}

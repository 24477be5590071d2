//! The pages of the demo: balance, form and history, and the receipt of a transfer.

use super::{
    BUSINESSES, History, MAX_NOTE_CHARS, Transfer,
    history::{self, SignedReceipt},
    money, payee_name,
};
use crate::{
    date::date,
    error::Result,
    server::secret,
    step_up::receipt_page,
    ui::{
        Day, Field, GatedForm, Glyph, Hour, NeedsScripts, PAGE_AND_ONE, Page, Pager, Refused,
        Visit, glyph, page_of,
    },
};
use icondata_core::Icon as IconOf;
use leptos::prelude::*;

pub async fn send(visit: Visit) -> Result<Page> {
    let before = visit.request.query("before");
    let history = history::list(visit.user()?, before, Some(PAGE_AND_ONE)).await?;
    let request = visit.request.clone();
    Ok(Page::new(
        "Send money",
        "Send demo money. Your passkey signs exactly the transfer that you see.",
        move || {
            let recent = recent_payees(&history);
            let (transfers, earlier) = page_of(history.transfers, |transfer| &transfer.id);
            view! {
                <h1 tabindex="-1">"Send money"</h1>
                <div class="columns">
                    <section id="form" class="card" aria-labelledby="form-title">
                        <h2 id="form-title">"New transfer"</h2>
                        <SendForm recent/>
                        <NeedsScripts/>
                    </section>
                    <section class="card balance" aria-label="Balance">
                        <p class="hint">"Your balance " <span class="tag">"Demo money"</span></p>
                        <p class="amount">{money::format(history.balance_cents)}</p>
                        <p class="hint">"You confirm each transfer with your passkey, which signs the amount and the payee. Every transfer has a receipt that anyone can check."</p>
                    </section>
                </div>
                <section id="history" class="card" aria-labelledby="history-title">
                    <h2 id="history-title">"History"</h2>
                    {transfers.chunk_by(|a, b| date(a.created_at) == date(b.created_at)).map(|day| view! {
                        <h3 class="day"><Day at=day[0].created_at/></h3>
                        <ul class="rows">
                            {day.iter().map(|transfer| view! { <Row transfer=transfer.clone()/> }).collect_view()}
                        </ul>
                    }).collect_view()}
                    <Pager request list="history" earlier/>
                </section>
            }
        },
    ))
}

/// The people of the latest transfers, without the businesses, which are listed anyway.
fn recent_payees(history: &History) -> Vec<String> {
    let mut recent = Vec::new();
    for transfer in history.transfers.iter().filter(|it| !it.incoming) {
        let is_person = transfer.payee.contains('@');
        if is_person && !recent.contains(&transfer.payee) && recent.len() < 5 {
            recent.push(transfer.payee.clone());
        }
    }
    recent
}

#[component]
fn SendForm(recent: Vec<String>) -> impl IntoView {
    // Each form has one key, so that sending it again after a lost answer pays nothing twice.
    let key = secret::base64url(&secret::random()).replace('_', "-");
    view! {
        <GatedForm action="/api/transfers/send" button="Send" busy="Sending…" class="primary wide" icon=glyph::OUT>
            <input type="hidden" name="idempotency_key" value=key.clone()/>
            <Payee recent=recent.clone()/>
            <Field label="Their e-mail" name="email" kind="email" required_if_shown=true class="by-email"/>
            <Field label="Amount in dollars" name="amount" also="amount_cents" inputmode="decimal" placeholder="0.00" prefix="$"/>
            <Field label="Note (optional)" name="note" required=false maxlength=MAX_NOTE_CHARS/>
        </GatedForm>
    }
}

#[component]
fn Payee(recent: Vec<String>) -> impl IntoView {
    let form = Refused::current();
    let (typed, error) = (form.typed("payee"), form.of_field("payee"));
    let option = |value: String, name: String| {
        let selected = typed.as_ref() == Some(&value);
        view! { <option value=value selected=selected>{name}</option> }
    };
    view! {
        <div class="field">
            <label for="payee">"To"</label>
            <div class="input">
                <select id="payee" name="payee" aria-describedby="payee-error" aria-invalid=error.is_some().then_some("true")>
                    {(!recent.is_empty()).then(|| view! {
                        <optgroup label="Recent">
                            {recent.into_iter().map(|email| option(email.clone(), email)).collect_view()}
                        </optgroup>
                    })}
                    <optgroup label="Businesses">
                        {BUSINESSES.map(|(id, name)| option(id.to_owned(), name.to_owned())).into_iter().collect_view()}
                    </optgroup>
                    <optgroup label="People">
                        {option(String::new(), "Somebody else, by e-mail".to_owned())}
                    </optgroup>
                </select>
            </div>
            <p id="payee-error" class="error" role="alert" data-field="payee">{error}</p>
        </div>
    }
}

/// What stands for a party of a transfer.
fn icon_of(party: &str) -> IconOf {
    match party {
        "bakery" => icondata_lu::LuCroissant,
        "power" => icondata_lu::LuZap,
        "books" => icondata_lu::LuBookOpen,
        party if party.contains('@') => glyph::PERSON,
        _ => icondata_lu::LuLandmark,
    }
}

#[component]
fn Row(transfer: Transfer) -> impl IntoView {
    let Transfer { id, payer, payee, amount_cents, note, created_at, incoming } = transfer;
    let signed = payer.is_some();
    let icon = icon_of(if incoming { payer.as_deref().unwrap_or_default() } else { &payee });
    let (who, sign) = match (incoming, payer) {
        (false, _) => (format!("To {}", payee_name(&payee)), "−"),
        (true, Some(payer)) => (format!("From {payer}"), "+"),
        (true, None) => (payee_name(&payee).to_owned(), "+"),
    };
    let amount = format!("{sign}{}", money::format(amount_cents));
    let label = format!("Receipt of {amount}, {who}");
    view! {
        <li>
            <Glyph of=icon/>
            <div class="what">
                <p class="name"><strong>{who}</strong></p>
                <p class="facts">
                    <Hour at=created_at/>
                    {(!note.is_empty()).then(|| format!(" · {note}"))}
                    {signed.then(|| view! { " · " <a href=format!("/transfer/receipt/{id}") aria-label=label>"Receipt"</a> })}
                </p>
            </div>
            <span class="amount" class:incoming=incoming>{amount}</span>
        </li>
    }
}

pub async fn receipt(visit: Visit) -> Result<Page> {
    let id = visit.request.path().rsplit('/').next().unwrap_or_default();
    let SignedReceipt { receipt, passkey, json } =
        history::signed_receipt(visit.user()?, id).await?;
    let signed_by = passkey
        .map_or("A passkey of the payer".to_owned(), |name| format!("Your passkey “{name}”"));
    let about = "The receipt of a transfer, signed with a passkey.";
    receipt_page(receipt, &json, id, signed_by, about, "/transfer")
}

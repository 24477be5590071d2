//! A receipt for people to read, keep and check.

use super::{Detail, receipt::Receipt};
use crate::{
    error::Result,
    text::percent_encoded,
    ui::{Exact, Icon, Page, glyph},
};
use leptos::prelude::*;

/// The page of a receipt that is stored as `json` under an `id`; `back` is the page that leads to it.
pub fn receipt_page(
    receipt: Receipt,
    json: &str,
    id: &str,
    signed_by: String,
    about: &'static str,
    back: &'static str,
) -> Result<Page> {
    let verified = receipt.verify();
    let signed = receipt.signed()?;
    let file = format!("data:application/json;charset=utf-8,{}", percent_encoded(json));
    let name = format!("receipt-{id}.json");
    let key = receipt.public_key.thumbprint();
    Ok(Page::new("Receipt", about, move || {
        view! {
            <article class="card receipt" aria-labelledby="receipt-title">
                <span class="glyph"><Icon of=glyph::RECEIPT/></span>
                <h1 id="receipt-title" tabindex="-1">"Receipt"</h1>
                <p class="summary">{signed.summary.clone()}</p>
                <dl class="details">
                    {signed.details.into_iter().map(|Detail { label, value, large }| view! {
                        <div class:large=large><dt>{label}</dt><dd>{value}</dd></div>
                    }).collect_view()}
                    {signed.at.map(|at| view! { <div><dt>"When"</dt><dd><Exact at/></dd></div> })}
                    <div><dt>"Signed by"</dt><dd>{signed_by}</dd></div>
                    <div><dt>"Key"</dt><dd><code>{key}</code></dd></div>
                    <div><dt>"Site"</dt><dd>{receipt.origin.clone()}</dd></div>
                </dl>
                {match verified {
                    Ok(_) => view! { <p class="success"><Icon of=glyph::SAFE/> " The signature is good: checked here, just now."</p> }.into_any(),
                    Err(why) => view! { <p class="alert">{why}</p> }.into_any(),
                }}
                <div class="buttons on-screen">
                    <a class="button primary" href=file download=name>"Download as JSON"</a>
                    <button type="button" data-does="print" data-scripts disabled>"Print"</button>
                    <a class="button quiet" href=back>"Back"</a>
                </div>
                <details id="check">
                    <summary>"Check it yourself"</summary>
                    <p>"Anybody can check the file offline, without this server or its database:"</p>
                    <pre><code>"latchkey verify-receipt receipt.json"</code></pre>
                    <p>"It hashes what you see above with 32 random bytes, and checks that the passkey signed that very hash on this site, with its user verified."</p>
                </details>
            </article>
        }
    }))
}

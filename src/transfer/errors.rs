//! What can go wrong with a transfer, in the user's words.

use crate::error::{ConflictCode, Error, InvalidField};

pub const PAYEE: InvalidField =
    InvalidField { name: "payee", text: "We know nobody by that name. Check the payee." };
pub const AMOUNT: InvalidField =
    InvalidField { name: "amount", text: "Write the amount like 1234.50 or 1,234.50." };
pub const AMOUNT_CENTS: InvalidField = InvalidField {
    name: "amount_cents",
    text: "Enter an amount from 0.01 to 5,000.00, within 20,000.00 a day.",
};
pub const NOTE: InvalidField =
    InvalidField { name: "note", text: "Keep the note to 140 characters." };
pub const INSUFFICIENT_FUNDS: ConflictCode =
    ConflictCode { name: "insufficient_funds", text: "There is not enough money in your account." };
pub const IDEMPOTENCY_CONFLICT: ConflictCode = ConflictCode {
    name: "idempotency_conflict",
    text: "This form was already used for another transfer. Reload the page.",
};

/// The sentence of an error that a page got: a page reads the code and the field alone.
pub fn text(error: &Error) -> Option<&'static str> {
    match error {
        Error::Invalid { field, .. } => [PAYEE, AMOUNT, AMOUNT_CENTS, NOTE]
            .into_iter()
            .find(|known| known.name == field)
            .map(|known| known.text),
        Error::Conflict { code, .. } => [INSUFFICIENT_FUNDS, IDEMPOTENCY_CONFLICT]
            .into_iter()
            .find(|known| known.name == code)
            .map(|known| known.text),
        _ => None,
    }
}

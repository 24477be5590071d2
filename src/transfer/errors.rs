//! What can go wrong with a transfer, in the user's words.

use crate::error::{ConflictCode, InvalidField};

pub const PAYEE: InvalidField =
    InvalidField { name: "payee", text: "We know nobody by that name. Check the payee." };
pub const OWN_ACCOUNT: InvalidField =
    InvalidField { name: "payee", text: "You cannot send money to yourself." };
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

//! The demo's part of the table of all calls, whose contract `crate::tests::http` holds.

use super::{LIST, RECEIPT, SEND};
use crate::tests::http::{Call, Takes, Who};

#[rustfmt::skip]
pub(crate) const CALLS: [Call; 3] = [
    (SEND, Who::SignedIn, Takes::Form, &[("payee", "bakery"), ("amount_cents", "1"), ("idempotency_key", "k")]),
    (LIST, Who::SignedIn, Takes::Json, &[]),
    (RECEIPT, Who::SignedIn, Takes::Json, &[("id", "x")]),
];

/// Those that only read.
pub(crate) const READS: [&str; 2] = [LIST, RECEIPT];

//! The type that proves a confirmation.

use super::action::Kind;
use crate::{
    credentials::method::PASSKEY,
    error::Result,
    server::{activity, db::Tx, session::User},
};

/// Proof that the signed-in user has confirmed this very action, with the transaction that used the
/// grant up. What is done with [`Verified::tx`] becomes real with [`Verified::commit`]; if it is
/// dropped, the act and the use of the grant are undone. Only [`require`](super::require) makes one.
pub struct Verified<P> {
    pub(super) user: User,
    pub(super) kind: &'static Kind,
    /// The name of the method; none in a recovery session: the recovery was the confirmation.
    pub(super) method: Option<String>,
    pub(super) receipt: Option<String>,
    pub(super) payload: P,
    pub(super) tx: Tx,
}

impl<P> Verified<P> {
    pub fn user(&self) -> &User {
        &self.user
    }

    /// What was signed.
    pub fn payload(&self) -> &P {
        &self.payload
    }

    /// The name of the method that confirmed; none in a recovery session: the recovery was the confirmation.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// Whether a settled passkey confirmed, so that a credential that is added need not wait.
    pub fn by_passkey(&self) -> bool {
        self.method() == Some(PASSKEY)
    }

    /// The [`Receipt`](super::receipt::Receipt) as JSON, where a passkey signed.
    pub fn receipt(&self) -> Option<&str> {
        self.receipt.as_deref()
    }

    pub fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// The user, what was signed, and the transaction, all at once.
    pub fn parts(&mut self) -> (&User, &P, &mut Tx) {
        (&self.user, &self.payload, &mut self.tx)
    }

    /// Records in the user's activity that the action was done, with what it was about as `detail`.
    pub async fn record(&mut self, detail: Option<&str>) -> Result<()> {
        let Self { user, kind, tx, .. } = self;
        activity::record(&user.request, tx, &user.id, kind.event, detail).await
    }

    /// Makes the act and the use of the grant real, and returns what was signed.
    pub async fn commit(self) -> Result<P> {
        self.tx.commit().await?;
        Ok(self.payload)
    }
}

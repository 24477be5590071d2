//! An action that is guarded and means nothing, for the tests of the gate.

use super::support::TestApp;
use crate::{
    call::Form,
    error::{Error, Result},
    features::FEATURES,
    server::{
        feature::{Event, Feature},
        session::{User, signed_in},
        state::Features,
    },
    step_up::{self, Action, Kind, Policy, Verified},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::LazyLock;

pub const ACT: &str = "/api/test/act";

static KIND: Kind =
    Kind { event: &Event::new("act", "Acted").noun("an act"), policy: Policy::by_passkey() };

#[derive(Serialize)]
pub struct Act {
    what: String,
    note: Option<String>,
    key: String,
}

#[derive(Serialize, Deserialize)]
pub struct Acted {
    what: String,
    /// What the passkey signed.
    receipt: Option<Value>,
}

#[server(prefix = "/api", endpoint = "/test/act", protocol = Form)]
pub async fn do_act(
    what: String,
    #[server(default)] note: Option<String>,
    key: String,
) -> Result<Acted, Error> {
    let user = signed_in().await?;
    let verified = step_up::require(&user, action(&user, Act { what, note, key })?).await?;
    carry_out(verified).await
}

fn action(user: &User, act: Act) -> Result<Action<Act>> {
    let note = act.note.clone().unwrap_or_default();
    for (field, text) in [("what", &act.what), ("note", &note), ("key", &act.key)] {
        if text.contains(char::is_control) {
            return Err(Error::invalid(field));
        }
    }
    let (summary, what) = (format!("Do {}", act.what), act.what.clone());
    let action = KIND.action(summary, act);
    Ok(action.detail("What", what).detail("From", &user.email).detail("Note", note))
}

async fn carry_out(mut verified: Verified<Act>) -> Result<Acted> {
    let what = verified.payload().what.clone();
    verified.record(Some(&what)).await?;
    let receipt = verified.receipt().map(|it| serde_json::from_str(it).expect("a receipt"));
    verified.commit().await?;
    Ok(Acted { what, receipt })
}

struct Acting;

impl Feature for Acting {
    fn events(&self) -> Vec<&'static Event> {
        vec![KIND.event]
    }
}

static ALL: LazyLock<Vec<&dyn Feature>> =
    LazyLock::new(|| FEATURES.all.iter().copied().chain([&Acting as &dyn Feature]).collect());

/// Those of the program, and this one.
pub fn features() -> Features {
    Features { all: &ALL, ..FEATURES }
}

impl TestApp {
    /// How often it was done on an account.
    pub async fn acts(&self, email: &str) -> usize {
        self.activity(email).await.iter().filter(|kind| *kind == KIND.event.name).count()
    }
}

//! What this feature tells the server about itself.

use super::notice;
use crate::server::feature::{Event, Feature};

pub struct Account;

impl Feature for Account {
    fn reads(&self) -> &'static [&'static str] {
        &["/api/me"]
    }

    fn events(&self) -> Vec<&'static Event> {
        vec![&notice::RECOVERY_UNDONE]
    }
}

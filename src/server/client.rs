//! Who made a request, as far as it tells.

use std::net::IpAddr;

/// What a request says about its client, so that the user can recognise it.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

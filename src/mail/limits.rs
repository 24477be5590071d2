//! How many mails strangers can cause in an hour: to one address, from one network, and in all. Beyond
//! that nothing is sent, and nobody is told. What an account's own acts cause is not limited.

use crate::{
    error::Result,
    server::{attempts, db::Tx, devices, proxies, request::Request},
};
use std::net::IpAddr;

const ADDRESS: &str = "mail_address";

/// Forgets the mails to an address, since its account is deleted.
pub async fn forget(tx: &mut Tx, address: &str) -> Result<()> {
    attempts::forget_hour(tx, ADDRESS, address).await
}

/// Counts a mail before it is queued, and returns whether it may be sent. The network comes first: who is
/// over its limit uses up nobody's. A browser that the `owner` of the address has signed in with has an
/// allowance of its own.
pub async fn take(
    request: &Request,
    tx: &mut Tx,
    owner: Option<&str>,
    address: &str,
) -> Result<bool> {
    let network = request.client.address.and_then(network_of).unwrap_or_default();
    let account = devices::allowance(request, tx, owner.unwrap_or_default(), address).await?;
    let config = &request.config;
    for (what, who, limit) in [
        ("mail_network", network.as_str(), config.mails_per_network),
        (ADDRESS, account.as_str(), config.mails_per_address),
        ("mail", "all", config.mails_in_all),
    ] {
        if !attempts::take_of_hour(request, tx, what, who, limit).await? {
            tracing::warn!(limit = what, "a mail was not queued: too many in this hour");
            return Ok(false);
        }
    }
    Ok(true)
}

/// The network that counts as one client: an IPv6 subscriber has at least a /64.
fn network_of(address: IpAddr) -> Option<String> {
    let bits = if address.is_ipv6() { 64 } else { 32 };
    proxies::network(address, bits).map(|network| network.to_string())
}

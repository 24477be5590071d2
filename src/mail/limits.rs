//! How many mails strangers can cause in an hour: to one address, from one network, and in all. Beyond
//! that nothing is sent, and nobody is told. What an account's own acts cause is not limited.

use crate::{
    error::Result,
    server::{attempts, db::Tx, devices, network_limits::levels, proxies, request::Request},
};
use std::{net::IpAddr, num::NonZeroU32};

const ADDRESS: &str = "mail_address";

/// Forgets the mails to an address, since its account is deleted.
pub async fn forget(tx: &mut Tx, address: &str) -> Result<()> {
    attempts::forget_hour(tx, ADDRESS, address).await
}

/// Counts a mail before it is queued, and returns whether it may be sent. The network is
/// counted first, so that a client over its network's limit uses up no allowance of an address. A browser that the `owner` of the address has signed in with has an
/// allowance of its own.
pub async fn take(
    request: &Request,
    tx: &mut Tx,
    owner: Option<&str>,
    address: &str,
) -> Result<bool> {
    let account = devices::allowance(request, tx, owner.unwrap_or_default(), address).await?;
    let config = &request.config;
    for (network, times) in networks(request.client.address) {
        let limit = config.mails_per_network.saturating_mul(times);
        if !attempts::take_of_hour(request, tx, "mail_network", &network, limit).await? {
            return Ok(refuse("mail_network"));
        }
    }
    for (what, who, limit) in [
        (ADDRESS, account.as_str(), config.mails_per_address),
        ("mail", "all", config.mails_in_all),
    ] {
        if !attempts::take_of_hour(request, tx, what, who, limit).await? {
            return Ok(refuse(what));
        }
    }
    Ok(true)
}

fn refuse(limit: &str) -> bool {
    tracing::warn!(limit, "a mail was not queued: too many in this hour");
    false
}

/// The networks of a client that count, and how many times the allowance each has.
fn networks(client: Option<IpAddr>) -> Vec<(String, NonZeroU32)> {
    let Some(address) = client else { return vec![(String::new(), NonZeroU32::MIN)] };
    let counted = levels(address).iter().filter_map(|&(bits, times)| {
        let times = u32::try_from(times).ok().and_then(NonZeroU32::new)?;
        Some((proxies::network(address, bits)?.to_string(), times))
    });
    counted.collect()
}

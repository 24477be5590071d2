//! How many mails strangers can cause in an hour (MAI-06): to one address, from one network, in all. Beyond
//! that nothing is sent, and nobody is told. What an account's own acts cause is not limited, but for the
//! notice of a new browser, which takes no confirmation.

use crate::{
    error::Result,
    server::{
        attempts, clock::Clock, config::Config, db::Tx, devices, network_limits::levels, proxies,
        request::Request,
    },
};
use std::{net::IpAddr, num::NonZeroU32};

const ADDRESS: &str = "mail_address";
/// How many mails an hour tell a user of new browsers; the activity has them all.
const NEW_BROWSERS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);

/// Forgets the mails to an address, since its account is deleted.
pub async fn forget(tx: &mut Tx, address: &str) -> Result<()> {
    attempts::forget_hour(tx, ADDRESS, address).await
}

/// Counts a mail before it is queued, and returns whether it may be sent. A browser that the `owner` of the
/// address has signed in with has an allowance of its own, and is not counted with strangers: they must not
/// be able to use it up.
pub async fn take(
    request: &Request,
    tx: &mut Tx,
    owner: Option<&str>,
    address: &str,
) -> Result<bool> {
    let account = devices::allowance(request, tx, owner.unwrap_or_default(), address).await?;
    let of_address = request.config.mails_per_address;
    if account != address {
        return take_of(request, tx, ADDRESS, &account, of_address).await;
    }
    // The network is counted first, so that a client over its network's limit uses up no allowance of an
    // address, and it has half of that at most: the owner asks from another one.
    let (mut widest, half) = (String::new(), of_address.get().div_ceil(2));
    for (network, times) in networks(request.client.address) {
        let limit = request.config.mails_per_network.saturating_mul(times);
        if !take_of(request, tx, "mail_network", &network, limit).await? {
            return Ok(false);
        }
        widest = network;
    }
    let half = NonZeroU32::new(half).unwrap_or(of_address);
    let both = format!("{address}\0{widest}");
    Ok(take_of(request, tx, "mail_address_network", &both, half).await?
        && take_of(request, tx, ADDRESS, address, of_address).await?
        && take_of(request, tx, "mail", "all", request.config.mails_in_all).await?)
}

/// Counts a mail that tells a user of a new browser, and returns whether it may be sent: whoever knows the
/// password must not bury the notice of what they did next.
pub async fn take_new_browser(
    config: &Config,
    clock: &Clock,
    tx: &mut Tx,
    user_id: &str,
) -> Result<bool> {
    attempts::take_of_hour(config, clock, tx, "mail_new_browser", user_id, NEW_BROWSERS).await
}

async fn take_of(
    request: &Request,
    tx: &mut Tx,
    what: &str,
    who: &str,
    limit: NonZeroU32,
) -> Result<bool> {
    let (config, clock) = (&request.config, &request.clock);
    let may = attempts::take_of_hour(config, clock, tx, what, who, limit).await?;
    if !may {
        tracing::warn!(limit = what, "a mail was not queued: too many in this hour");
    }
    Ok(may)
}

/// The networks of a client that count, narrowest first, and how many times the allowance each has.
fn networks(client: Option<IpAddr>) -> Vec<(String, NonZeroU32)> {
    let Some(address) = client else { return vec![(String::new(), NonZeroU32::MIN)] };
    let counted = levels(address).iter().filter_map(|&(bits, times)| {
        let times = u32::try_from(times).ok().and_then(NonZeroU32::new)?;
        Some((proxies::network(address, bits)?.to_string(), times))
    });
    counted.collect()
}

//! The address of a request's client: the socket's, or behind trusted proxies the right-most forwarded
//! hop that is not one of them. An address that a client writes itself is never believed (RTL-02).

use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap},
};
use ipnet::{AddrParseError, IpNet, Ipv6Net};
use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks of the proxies in front of this server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = AddrParseError;

    /// Networks or single addresses, separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| match part.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address)),
            Err(_) => part.parse::<IpNet>(),
        };
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

/// The shortest prefixes that a network of proxies may have, private networks aside.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 24;
/// Unique local addresses, the private ones of IPv6.
const PRIVATE_V6: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7);

impl Proxies {
    /// Returns a network that is so wide that it must hold clients as well.
    pub fn too_wide(&self) -> Option<IpNet> {
        let is_too_wide = |network: &&IpNet| match network {
            IpNet::V4(network) => network.prefix_len() < WIDEST_V4,
            IpNet::V6(network) => network.prefix_len() < WIDEST_V6 && !PRIVATE_V6.contains(network),
        };
        self.0.iter().find(is_too_wide).copied()
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a request that came in from `peer`.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops {
            if !self.contain(client) {
                break;
            }
            // An unreadable hop hides the client behind it: the proxy that sent it is all we know.
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            client = hop.to_canonical();
        }
        client
    }
}

/// The address of a request's client; none if the request came over no network.
pub fn client_address(
    extensions: &Extensions,
    headers: &HeaderMap,
    proxies: &Proxies,
) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(proxies.client(peer.ip(), headers))
}

/// The network of all addresses that share the leading `bits` of an address.
pub fn network(address: IpAddr, bits: u8) -> Option<IpNet> {
    IpNet::new(address, bits).ok().map(|network| network.trunc())
}

/// The widest network that may be one client's: a single IPv4 address, or the /48 of an IPv6 site.
pub fn widest_network(address: IpAddr) -> Option<IpNet> {
    network(address, if address.is_ipv6() { 48 } else { 32 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> Option<String> {
        let proxies: Proxies = proxies.parse().ok()?;
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().ok()?);
        }
        Some(proxies.client(peer.parse().ok()?, &headers).to_string())
    }

    #[test]
    fn nobody_is_believed_without_trusted_proxies() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.1"]).as_deref(), Some("203.0.113.9"));
        assert_eq!(
            client("10.0.0.0/8", "203.0.113.9", &["198.51.100.1"]).as_deref(),
            Some("203.0.113.9")
        );
    }

    #[test]
    fn the_right_most_hop_that_is_no_proxy_is_the_client() {
        for (forwarded, wanted) in [
            (&["198.51.100.1"][..], "198.51.100.1"),
            (&["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
            (&["6.6.6.6", "198.51.100.1"], "198.51.100.1"),
            (&["6.6.6.6, 198.51.100.1, 10.1.1.1 , ::1"], "198.51.100.1"),
            (&["::ffff:198.51.100.1"], "198.51.100.1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["198.51.100.1, nonsense"], "10.0.0.1"),
            (&["198.51.100.1, nonsense, 10.2.2.2"], "10.2.2.2"),
            (&["198.51.100.1:443"], "10.0.0.1"),
            (&[""], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(
                client("10.0.0.0/8,::1", "10.0.0.1", forwarded).as_deref(),
                Some(wanted),
                "{forwarded:?}"
            );
        }
        assert_eq!(
            client("10.0.0.1", "::ffff:10.0.0.1", &["198.51.100.1"]).as_deref(),
            Some("198.51.100.1")
        );
    }

    #[test]
    fn what_is_no_network_is_refused() {
        assert!("10.0.0.0/33".parse::<Proxies>().is_err());
        assert!("caddy".parse::<Proxies>().is_err());
        assert_eq!(" ".parse(), Ok(Proxies::default()));
    }
}

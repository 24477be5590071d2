//! Limits how much work is done at once, in all and for one network, so that a single client cannot take
//! every slot. Work that finds no slot is refused with [`Error::Unavailable`].

use super::{config::Switch, metrics, proxies::widest_network};
use crate::error::{Error, Result};
use ipnet::IpNet;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[derive(Clone, Debug)]
pub struct Slots(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    all: usize,
    /// How many of these one network may take.
    share: usize,
    taken: Mutex<HashMap<Option<IpNet>, usize>>,
}

impl Slots {
    /// Where calls are not limited, one network may take every slot: a load test comes from one address.
    pub fn new(all: usize, share: usize, limited: Switch) -> Self {
        let share = if limited == Switch::On { share } else { all };
        Self(Arc::new(Shared { all, share, taken: Mutex::default() }))
    }

    /// Takes a slot for a client, which is free again when the returned value is dropped. All clients
    /// whose address is unknown count as one network.
    pub fn take(&self, client: Option<IpAddr>) -> Result<Slot> {
        let network = client.and_then(widest_network);
        let mut taken = self.0.taken();
        if taken.get(&network).is_some_and(|own| *own >= self.0.share) {
            metrics::limited("network");
            return Err(Error::Unavailable);
        }
        if taken.values().sum::<usize>() >= self.0.all {
            return Err(Error::Unavailable);
        }
        *taken.entry(network).or_default() += 1;
        Ok(Slot { shared: self.0.clone(), network })
    }

    /// Takes every slot, whichever network's share it would be.
    #[cfg(test)]
    pub fn take_all(&self) -> Vec<Slot> {
        let network = |n: u32| Some(IpNet::from(IpAddr::from(n.to_be_bytes())));
        let mut taken = self.0.taken();
        let slot = |n| {
            taken.insert(network(n), 1);
            Slot { shared: self.0.clone(), network: network(n) }
        };
        (0..self.0.all as u32).map(slot).collect()
    }
}

impl Shared {
    fn taken(&self) -> MutexGuard<'_, HashMap<Option<IpNet>, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to do one piece of work.
#[derive(Debug)]
pub struct Slot {
    shared: Arc<Shared>,
    network: Option<IpNet>,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.shared.taken();
        if let Some(own) = taken.get_mut(&self.network) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn v4(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([203, 0, 113, last]))
    }

    #[test]
    fn a_network_has_its_share_and_all_together_what_there_is() {
        let slots = Slots::new(5, 2, Switch::On);
        let own: Vec<_> = (0..3).map(|_| slots.take(v4(1))).collect();
        assert_eq!(own.iter().filter(|slot| slot.is_ok()).count(), 2);
        let others: Vec<_> = (2..9).map(|n| slots.take(v4(n))).collect();
        assert_eq!(others.iter().filter(|slot| slot.is_ok()).count(), 3);
        drop(own);
        assert!(slots.take(v4(1)).is_ok());
        drop(others);
        assert!(slots.0.taken().is_empty());
    }

    #[test]
    fn all_of_an_ipv6_site_have_one_share_and_so_have_all_that_are_not_known() {
        let slots = Slots::new(8, 1, Switch::On);
        let v6 = |n: u16| Some(IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 1, n, 0, 0, 0, n)));
        let _held = (slots.take(v6(1)).expect("a slot"), slots.take(None).expect("a slot"));
        assert!(slots.take(v6(2)).is_err());
        assert!(slots.take(None).is_err());
    }

    #[test]
    fn where_nothing_is_limited_one_network_may_have_all() {
        let slots = Slots::new(4, 1, Switch::Off);
        let own: Vec<_> = (0..5).map(|_| slots.take(None)).collect();
        assert_eq!(own.iter().filter(|slot| slot.is_ok()).count(), 4);
    }
}

//! Limits how often a client's network may call (RTL-01), counted in memory. A refused call is not
//! counted, and what some networks do changes nothing for the others.

use super::{
    clock::Clock,
    config::{Config, Switch},
    metrics,
    proxies::network,
};
use crate::error::{Error, Result};
use ipnet::IpNet;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What a call counts as. Each kind has an allowance of its own: guesses from a network do not keep its
/// passkeys out, and neither guesses nor ceremonies stop its signed-in users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counted {
    /// A password or a code, which can be guessed.
    Guess,
    /// A step of a ceremony, where there is nothing to guess.
    Ceremony,
    /// Any other call that may write.
    Write,
}

/// The networks of an address that count, by their leading bits, and how many times the allowance each
/// has. An IPv6 subscriber has at least a /64, often a /56, and on request a /48 (RTL-03).
const V4: &[(u8, i64)] = &[(32, 1)];
const V6: &[(u8, i64)] = &[(64, 1), (56, 4), (48, 16)];
/// Those of the networks of an address.
pub fn levels(address: IpAddr) -> &'static [(u8, i64)] {
    if address.is_ipv6() { V6 } else { V4 }
}

/// The leading bits by which a network counts if the table has no room for it.
const V4_REGION: u8 = 16;
const V6_REGION: u8 = 32;

/// How many networks, then how many regions, a table tells apart; beyond that all new ones count as one.
const MAX_NETWORKS: usize = 24_000;
const MAX_REGIONS: usize = 1_000;

/// A minute, in nanoseconds. All calls that are allowed in it may come at once.
const MINUTE: i64 = 60_000_000_000;
/// A table that is full is swept at most this often, in nanoseconds.
const SWEEP_EVERY: i64 = 1_000_000_000;

/// The calls of each client network; nothing if calls are not limited.
pub struct NetworkLimits {
    families: Option<[Mutex<Family>; 2]>,
    clock: Clock,
}

impl NetworkLimits {
    pub fn new(config: &Config, clock: Clock) -> Self {
        let cost = MINUTE / i64::from(config.rate_limit_address.get());
        let family = |levels, region| Mutex::new(Family::new(levels, region, cost));
        let on = config.rate_limit == Switch::On;
        Self { families: on.then(|| [family(V4, V4_REGION), family(V6, V6_REGION)]), clock }
    }

    /// Counts a call, or refuses it. All clients without an address count as one network.
    pub fn check(&self, counted: Counted, client: Option<IpAddr>) -> Result<()> {
        let Some([v4, v6]) = &self.families else { return Ok(()) };
        let family = if client.is_some_and(|address| address.is_ipv6()) { v6 } else { v4 };
        let mut family = family.lock().unwrap_or_else(PoisonError::into_inner);
        family.check(counted, client, self.now()).map_err(|wait| {
            metrics::limited("address");
            Error::rate_limited(Duration::from_nanos(wait.unsigned_abs()))
        })
    }

    /// Forgets the networks that have not called for a while.
    pub fn sweep(&self) {
        let now = self.now();
        for family in self.families.iter().flatten() {
            let mut family = family.lock().unwrap_or_else(PoisonError::into_inner);
            family.tables.iter_mut().for_each(|table| table.sweep(now));
        }
    }

    #[cfg(test)]
    pub fn size(&self) -> usize {
        let size = |family: &Mutex<Family>| {
            let family = family.lock().unwrap_or_else(PoisonError::into_inner);
            family.tables.iter().map(|table| table.free_at.len()).sum::<usize>()
        };
        self.families.iter().flatten().map(size).sum()
    }

    fn now(&self) -> i64 {
        self.clock.elapsed() * 1_000_000
    }
}

/// The networks of one IP version, kept apart so that a crowd on one changes nothing for the other.
struct Family {
    levels: &'static [(u8, i64)],
    region: u8,
    /// How much of its minute a call uses up, in nanoseconds.
    cost: i64,
    /// One for each level.
    tables: Vec<Table>,
}

impl Family {
    fn new(levels: &'static [(u8, i64)], region: u8, cost: i64) -> Self {
        let tables = levels.iter().map(|_| Table::default()).collect();
        Self { levels, region, cost, tables }
    }

    /// Counts a call towards each of its networks if all allow it, or returns the wait in nanoseconds.
    fn check(&mut self, counted: Counted, client: Option<IpAddr>, now: i64) -> Result<(), i64> {
        let mut new = Vec::new();
        for (table, (bits, times)) in self.tables.iter_mut().zip(self.levels) {
            let own = client.and_then(|address| network(address, *bits));
            let region = client.and_then(|address| network(address, self.region));
            let key = table.key(counted, own, region, now);
            // The generic cell rate algorithm: each call takes its time out of a minute.
            let free_at = table.free_at.get(&key).map_or(now, |free_at| now.max(*free_at));
            let free_at = free_at + self.cost / times;
            if free_at > now + MINUTE {
                return Err(free_at - now - MINUTE);
            }
            new.push((key, free_at));
        }
        for (table, (key, free_at)) in self.tables.iter_mut().zip(new) {
            table.free_at.insert(key, free_at);
        }
        Ok(())
    }
}

type Key = (Counted, Option<IpNet>);

#[derive(Default)]
struct Table {
    /// When a network has its whole allowance again, in nanoseconds.
    free_at: HashMap<Key, i64>,
    swept_at: i64,
}

impl Table {
    /// The key of a network: a known one counts as itself, and so does a new one while there is room.
    fn key(
        &mut self,
        counted: Counted,
        own: Option<IpNet>,
        region: Option<IpNet>,
        now: i64,
    ) -> Key {
        let own = (counted, own);
        if self.fits(&own, MAX_NETWORKS) {
            return own;
        }
        if self.swept_at + SWEEP_EVERY <= now {
            self.sweep(now);
            self.swept_at = now;
        }
        let wider = [(own, MAX_NETWORKS), ((counted, region), MAX_NETWORKS + MAX_REGIONS)];
        let fitting = wider.into_iter().find(|(key, most)| self.fits(key, *most));
        fitting.map_or((counted, None), |(key, _)| key)
    }

    fn fits(&self, key: &Key, most: usize) -> bool {
        self.free_at.len() < most || self.free_at.contains_key(key)
    }

    fn sweep(&mut self, now: i64) {
        self.free_at.retain(|_, free_at| *free_at > now);
        self.free_at.shrink_to_fit();
    }
}

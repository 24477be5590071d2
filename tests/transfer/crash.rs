//! A server that is killed again and again in mid-transfer.

use crate::{
    orders::{LIST, OPENING, SEND, balance, order},
    support::{Server, Visitor},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::mpsc::{self, Sender},
    thread::{self, sleep},
    time::Duration,
};

const SENDERS: usize = 3;

/// The ids of all that a visitor has sent.
fn sent(visitor: &mut Visitor) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    let mut page = json!({ "limit": 100 });
    loop {
        let list = visitor.ok(LIST, &page);
        let transfers = list["transfers"].as_array().expect("a list");
        let own = transfers.iter().filter(|transfer| transfer["incoming"] == false);
        ids.extend(own.map(|transfer| transfer["id"].as_str().expect("an id").to_owned()));
        match transfers.last() {
            Some(last) if transfers.len() == 100 => page["before"] = last["id"].clone(),
            _ => return ids,
        }
    }
}

/// Sends until the server is gone, telling of every transfer that was acknowledged. Returns their
/// ids, and the order of which nobody knows.
fn send_until_the_end(visitor: &mut Visitor, told: &Sender<()>) -> (Vec<String>, Option<Value>) {
    let mut acknowledged = Vec::new();
    loop {
        let order = order(1);
        if visitor.try_confirmed(SEND, &order).is_none() {
            return (acknowledged, None);
        }
        let Some(answer) = visitor.try_post(SEND, &order) else {
            return (acknowledged, Some(order));
        };
        assert_eq!(answer.status, 200, "{}", answer.json);
        let id = answer.json["transfer"]["id"].as_str().expect("an id");
        acknowledged.push(id.to_owned());
        told.send(()).expect("a listener");
    }
}

/// Kills the server so often with `kill -9`. Whatever it acknowledged must be there each time, once,
/// and the ledger must balance.
pub fn kill_in_mid_transfer(mut server: Server, rounds: u64) {
    let mut senders: Vec<_> =
        (0..SENDERS).map(|n| server.signed_up(&format!("sender-{n}"))).collect();
    let mut acknowledged = vec![Vec::new(); SENDERS];
    let mut in_doubt = 0;
    for round in 0..rounds {
        let (told, hears) = mpsc::channel();
        let sending: Vec<_> = senders
            .into_iter()
            .map(|mut sender| {
                let told = told.clone();
                thread::spawn(move || {
                    let outcome = send_until_the_end(&mut sender, &told);
                    (sender, outcome)
                })
            })
            .collect();
        drop(told);
        // Something must be there to lose, however slow the machine; then a different moment of a
        // transfer each time.
        hears.recv().expect("a transfer that was acknowledged");
        sleep(Duration::from_millis(round * 37 % 60));
        server.kill();
        let ended: Vec<_> =
            sending.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        let (status, text) = server.run(&["check"]);
        assert!(status.success(), "round {round}: {text}");
        server.start_again();
        senders = Vec::new();
        for (n, (mut sender, (ids, doubtful))) in ended.into_iter().enumerate() {
            acknowledged[n].extend(ids);
            // The session has outlived the crash, and so has the money.
            let there = sent(&mut sender);
            for id in &acknowledged[n] {
                assert!(there.contains(id), "round {round}: {id} was acknowledged and is lost");
            }
            let unknown = there.len() - acknowledged[n].len();
            assert!(
                unknown <= usize::from(doubtful.is_some()),
                "round {round}: {unknown} sent unasked, {doubtful:?}"
            );
            if let Some(order) = doubtful {
                in_doubt += 1;
                // The same order again finds what was done, or does it now: once in all.
                let again = sender.post(SEND, &order);
                if again.status == 403 {
                    assert_eq!(unknown, 0, "round {round}: it was carried out, and asks again");
                    sender.confirm();
                    sender.ok(SEND, &order);
                } else {
                    assert_eq!(again.status, 200, "round {round}: {}", again.json);
                }
                let now = sent(&mut sender);
                assert_eq!(now.len(), acknowledged[n].len() + 1, "round {round}");
                acknowledged[n] = now.into_iter().collect();
            }
            assert_eq!(balance(&mut sender), OPENING - acknowledged[n].len() as i64);
            senders.push(sender);
        }
    }
    let total: usize = acknowledged.iter().map(Vec::len).sum();
    println!("{rounds} rounds, {total} transfers, {in_doubt} of them in doubt at the crash");
    assert!(in_doubt > 0, "no crash was in mid-transfer");
    let (status, text) = server.run(&["check"]);
    assert!(status.success(), "{text}");
}

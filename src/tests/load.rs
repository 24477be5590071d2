//! What one client, or a few, must not be able to take from all others.

use super::support::{PASSWORD, TestApp, Visitor};
use axum::http::StatusCode;
use serde_json::json;
use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::task::JoinSet;

/// Of the texts that were tried, none costs more to judge as a new password: every character can stand
/// for a letter, and for each letter stand all that can.
const DEAREST: &str = "4@8({[<3691!|70$5+%24@8({[<3691!|70$5+%24@8({[<3691!|70$5+%2";

/// Sends the dearest text wherever a password is judged or hashed, as fast as it can.
async fn flood(mut attacker: Visitor, name: String, answered: Arc<AtomicUsize>) {
    for n in 0.. {
        let email = format!("{name}-{n}@example.com");
        let new = json!({ "email": email, "name": "Eve", "password": DEAREST });
        attacker.post("/api/password/set", json!({ "new_password": DEAREST })).await;
        attacker.elsewhere().post("/api/signup/password", new.clone()).await;
        attacker.elsewhere().post("/api/signin/password", new).await;
        answered.fetch_add(3, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn correct_sign_ins_pass_while_four_addresses_send_the_dearest_text() {
    // So many that the limit of an address keeps none of the attack away.
    let app = TestApp::with(&["--rate-limit", "on", "--rate-limit-address", "1000000"]).await;
    let mut people = Vec::new();
    for n in 1..=10 {
        let ann = app.visitor_from(Ipv4Addr::new(198, 51, 100, n).into());
        let name = format!("ann-{n}");
        ann.elsewhere().sign_up_by_password(&name).await.expect(StatusCode::OK);
        people.push((ann, name));
    }
    let answered = Arc::new(AtomicUsize::new(0));
    let mut attack = JoinSet::new();
    for address in 1..=4 {
        let mut attacker = app.visitor_from(Ipv4Addr::new(203, 0, 113, address).into());
        attacker.sign_up(&format!("eve-{address}")).await.expect(StatusCode::OK);
        for n in 0..16 {
            attack.spawn(flood(attacker.clone(), format!("eve-{address}-{n}"), answered.clone()));
        }
    }
    let mut refused = 0;
    for (ann, name) in &mut people {
        let answer = ann.sign_in_by_password(name, PASSWORD).await;
        if answer.status != StatusCode::OK {
            answer.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
            refused += 1;
        }
    }
    attack.abort_all();
    assert!(refused <= 1, "{refused} of 10 were refused");
    assert!(answered.load(Ordering::Relaxed) > 100, "there was no attack");
}

#[tokio::test]
async fn one_client_takes_an_eighth_of_what_is_worked_on_at_once_and_leaves_the_rest_to_others() {
    let app = TestApp::with(&["--rate-limit", "on", "--max-requests", "256"]).await;
    let mut ann = app.visitor_from(Ipv4Addr::new(198, 51, 100, 1).into());
    ann.sign_up("ann").await.expect(StatusCode::OK);
    // As many as a client can have under way.
    let eve = Ipv4Addr::new(203, 0, 113, 1).into();
    let held: Vec<_> =
        std::iter::from_fn(|| app.state.request_slots.take(Some(eve)).ok()).collect();
    assert_eq!(held.len(), 32);
    let mut neighbour = app.visitor_from(eve);
    for refused in
        [neighbour.get("/signin").await, neighbour.post("/api/signin/options", json!({})).await]
    {
        refused.refused(StatusCode::SERVICE_UNAVAILABLE, "unavailable");
        assert_eq!(refused.header("retry-after"), "1");
    }
    ann.get("/settings/passkeys").await.expect(StatusCode::OK);
    assert!(ann.is_signed_in().await);
    drop(held);
    neighbour.get("/signin").await.expect(StatusCode::OK);
}

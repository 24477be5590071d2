#![cfg(feature = "ssr")]
//! Fills an empty database on localhost with people and a history, for developers.

use crate::{
    auth::sign_up::add_account,
    features::FEATURES,
    server::{
        clock::Clock, config::Config, db::Read, preflight, request::Request, secret, state::State,
    },
};
use anyhow::ensure;
use leptos::config::LeptosOptions;

const PEOPLE: [(&str, &str); 4] = [
    ("ann@example.com", "Ann Example"),
    ("bob@example.com", "Bob Brook"),
    ("cem@example.com", "Cem Tan"),
    ("dora@example.com", "Dora Field"),
];

/// Makes the accounts, lets each feature add a history, and prints a way to sign in.
pub async fn seed(config: Config) -> anyhow::Result<()> {
    preflight::check(&config).map_err(anyhow::Error::msg)?;
    ensure!(
        !config.is_https(),
        "seed is for http://localhost: it makes accounts that are nobody's"
    );
    let options = LeptosOptions::builder().output_name("latchkey").build();
    let state = State::open(config, options, Clock::default(), FEATURES).await?;
    let users = sqlx::query("select count(*) as n from users").fetch_one(state.db.reader()).await?;
    ensure!(
        users.read::<i64>("n")? == 0,
        "there are accounts already: seed fills an empty database"
    );

    let request = Request::of_command(state.clone());
    // Nobody can guess this password, should this database ever be served to others.
    let password = secret::base64url(&secret::random());
    let mut ids = Vec::new();
    for (email, name) in PEOPLE {
        ids.push(add_account(&request, email, name, &password).await?.id);
    }
    let mut tx = state.db.begin().await?;
    for feature in FEATURES.all {
        feature.seed(&state.clock, &mut tx, &ids).await?;
    }
    tx.commit().await?;
    let (origin, (email, _)) = (state.config.origin(), PEOPLE[0]);
    println!("{} accounts made. Sign in at {origin}/signin", PEOPLE.len());
    println!("as {email} with the password {password}");
    state.db.close().await;
    Ok(())
}

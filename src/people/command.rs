//! `latchkey owner EMAIL`: makes the first owner. It can run beside the server.

use super::{Role, acts::ROLE_CHANGED, role::Standing, rows};
use crate::{
    account::addresses::AccountByEmail,
    server::{
        activity,
        address::EmailForms,
        clock::Clock,
        config::Config,
        preflight,
        request::Request,
        state::{Features, State},
    },
};
use anyhow::{Context, bail};
use leptos::config::LeptosOptions;

/// Makes the user an owner who has proven this address, and lifts a suspension.
pub async fn make_owner(config: Config, features: Features, email: &str) -> anyhow::Result<()> {
    preflight::check(&config).map_err(anyhow::Error::msg)?;
    let options = LeptosOptions::builder().output_name("latchkey").build();
    let state = State::open(config, options, Clock::default(), features).await?;
    let request = Request::of_command(state.clone());
    let forms = EmailForms::of(email).context("that is no e-mail address")?;
    let account = AccountByEmail::find(&request, &forms).await?;
    let Some(AccountByEmail { user, is_confirmed: true, .. }) = account else {
        bail!(
            "nobody has confirmed {email}: sign up with it, and confirm it in Settings › Account"
        );
    };
    let mut tx = state.db.begin_for(&user.id).await?;
    let before = rows::find(&mut tx, &user.id).await?.context("the account is gone")?;
    let owner = Standing { role: Role::Owner, suspended: false };
    rows::put(&mut tx, &user.id, owner, state.clock.now()).await?;
    let detail = format!("{} to owner by whoever runs this server", before.standing().words());
    activity::record(&request, &mut tx, &user.id, &ROLE_CHANGED, Some(&detail)).await?;
    tx.commit().await?;
    state.db.close().await;
    println!("{email} is an owner.");
    Ok(())
}

//! What owners and admins do to others. What is signed names who does it, to whom, and what was before and is
//! after; it is judged again where it is done, with both rows locked.

use super::{
    Person,
    receipts::{self, Parties},
    role::{Act, Standing},
    rows::{self, check_not_last_owner},
};
use crate::account::recoveries; // with: mail
use crate::{
    error::{ConflictCode, Error, Result},
    server::{
        activity,
        db::Tx,
        feature::Event,
        session::{self, User},
    },
    step_up::{Action, Kind, Policy, Verified},
};
use serde::Serialize;

pub static CHANGE_ROLE: Kind =
    by_passkey(&Event::new("change_role", "Role changed: {}").noun("changing a role").mailed());
pub static SUSPEND: Kind =
    by_passkey(&Event::new("suspend", "Suspended: {}").noun("suspending somebody").mailed());
pub static RESTORE: Kind = by_passkey(
    &Event::new("restore", "Suspension lifted: {}").noun("lifting a suspension").mailed(),
);
pub static END_SESSIONS: Kind = by_passkey(
    &Event::new("end_sessions", "Signed out everywhere: {}")
        .noun("signing somebody out everywhere")
        .mailed(),
);
// The person reads these about the same acts.
pub static ROLE_CHANGED: Event =
    Event::new("role.changed", "Your role was changed from {}").mailed();
pub static SUSPENDED: Event =
    Event::new("account.suspended", "Your account was suspended by {}").mailed();
pub static RESTORED: Event =
    Event::new("account.restored", "The suspension of your account was lifted by {}").mailed();
pub static SESSIONS_ENDED: Event =
    Event::new("sessions.ended", "You were signed out everywhere by {}").mailed();

pub const PERSON_UNCONFIRMED: ConflictCode = ConflictCode {
    name: "person_unconfirmed",
    text: "They have not confirmed their e-mail address, so nobody can be sure who they are.",
};

const fn by_passkey(event: &'static Event) -> Kind {
    Kind { event, policy: Policy::by_passkey() }
}

impl Act {
    fn kind(self) -> &'static Kind {
        match self {
            Self::ChangeRole { .. } => &CHANGE_ROLE,
            Self::Suspend => &SUSPEND,
            Self::Restore => &RESTORE,
            Self::EndSessions => &END_SESSIONS,
        }
    }

    fn told(self) -> &'static Event {
        match self {
            Self::ChangeRole { .. } => &ROLE_CHANGED,
            Self::Suspend => &SUSPENDED,
            Self::Restore => &RESTORED,
            Self::EndSessions => &SESSIONS_ENDED,
        }
    }

    /// The sentence that is confirmed.
    fn summary(self, who: &str) -> String {
        match self {
            Self::ChangeRole { to } => format!("Make {who} {}", to.with_article()),
            Self::Suspend => format!("Suspend {who}"),
            Self::Restore => format!("Let {who} sign in again"),
            Self::EndSessions => format!("Sign {who} out everywhere"),
        }
    }

    /// How the person stands after it.
    fn after(self, before: Standing) -> Standing {
        match self {
            Self::ChangeRole { to } => Standing { role: to, ..before },
            Self::Suspend => Standing { suspended: true, ..before },
            Self::Restore => Standing { suspended: false, ..before },
            Self::EndSessions => before,
        }
    }
}

/// What is signed.
#[derive(Clone, Debug, Serialize)]
pub struct SignedAct {
    /// The id of whoever does it, and how others know them.
    pub actor: String,
    pub actor_name: String,
    /// The id of the person to whom it is done, and the address. The name is not signed: whoever changes theirs
    /// again and again could not be acted on.
    pub target: String,
    pub target_name: String,
    pub act: Act,
    pub before: Standing,
    pub after: Standing,
}

/// The action of doing this to the person with this id.
pub async fn prepare(user: &User, act: Act, id: &str) -> Result<Action<SignedAct>> {
    let mut tx = user.request.db.begin_read().await?;
    let signed = judge(&mut tx, user, act, id).await?;
    let SignedAct { actor_name, target_name, before, after, .. } = &signed;
    let change = if before == after {
        before.words()
    } else {
        format!("{} → {}", before.words(), after.words())
    };
    let label = if before == after { "Role" } else { "Change" };
    let (summary, target, actor_name) =
        (act.summary(target_name), signed.target.clone(), actor_name.clone());
    Ok(act
        .kind()
        .action(summary, signed)
        .detail(label, change)
        .detail("Done by", actor_name)
        .about(target))
}

/// Decides whether the user may do this to the person, by the rows as they are now.
async fn judge(tx: &mut Tx, user: &User, act: Act, id: &str) -> Result<SignedAct> {
    let own = rows::check_may_look(tx, user).await?;
    let target = rows::find(tx, id).await?.ok_or(Error::NotFound)?;
    if !own.may(act, target.role) {
        return Err(Error::NotAllowed);
    }
    let before = target.standing();
    let after = act.after(before);
    if after.role > before.role && !target.confirmed {
        return Err((&PERSON_UNCONFIRMED).into());
    }
    if before.is_owner() && !after.is_owner() {
        check_not_last_owner(tx, id).await?;
    }
    Ok(SignedAct {
        actor: user.id.clone(),
        actor_name: user.known_as(),
        target_name: target.address(),
        target: target.id,
        act,
        before,
        after,
    })
}

/// Does it. Whoever loses a role or is suspended loses every session with it.
pub async fn carry_out(mut verified: Verified<SignedAct>) -> Result<Person> {
    let (user, signed) = (verified.user().clone(), verified.payload().clone());
    let request = &user.request;
    let now = judge(verified.tx(), &user, signed.act, &signed.target).await?;
    if now.before != signed.before {
        return Err(Error::ChallengeExpired);
    }
    let SignedAct { target, act, before, after, .. } = &signed;
    rows::put(verified.tx(), target, *after, request.clock.now()).await?;
    let receipt = verified.receipt().map(str::to_owned);
    let parties = Parties { actor: &signed.actor, actor_name: &signed.actor_name, target };
    receipts::keep(&request.clock, verified.tx(), parties, receipt).await?;
    let detail = match act {
        Act::ChangeRole { .. } => {
            format!("{}, from {} to {}", signed.target_name, before.words(), after.words())
        }
        _ => signed.target_name.clone(),
    };
    verified.record(Some(&detail)).await?;
    let told = match act {
        Act::ChangeRole { .. } => {
            format!("{} to {} by {}", before.words(), after.words(), signed.actor_name)
        }
        _ => signed.actor_name.clone(),
    };
    // The person must not learn where the actor was.
    let quiet = request.without_client();
    let tx = verified.tx();
    activity::record(&quiet, tx, target, act.told(), Some(&told)).await?;
    let ends_sessions = after.role < before.role || after.suspended || *act == Act::EndSessions;
    if ends_sessions {
        session::end_all(&quiet, tx, target, None).await?;
    }
    // with: mail {
    if after.suspended {
        // Its wait would be over when the suspension is, unseen.
        recoveries::stop(&quiet, tx, target).await?;
    }
    // with: mail }
    let person = rows::find(tx, target).await?.ok_or(Error::NotFound)?;
    verified.commit().await?;
    if ends_sessions && signed.actor == signed.target {
        request.remove_session();
        request.go_to("/signin");
    }
    let message = activity::text(&request.events, act.kind().event.name, Some(&detail));
    Ok(Person { message: Some(message), ..person })
}

#![cfg(feature = "ssr")]
//! Signing up and in by password, the door for those who have no passkey (yet), and what a password
//! must be. Whether an account exists shows in no answer, and not in how long one takes.

use super::{
    Entered, SHORTEST_PASSWORD,
    server::{AccountByEmail, NewUser, create, open},
};
use crate::{
    error::{Error, Result},
    passkeys::server::{SETTLED, check_name},
    server::{
        State, activity,
        address::{EmailForms, check_email},
        client,
        clock::millis,
        cookies::{self, Name},
        db::{Read, Tx},
        devices,
        hashing::{Match, Password},
        limits::{self, Tried},
        log::refused,
        metrics, secret,
        session::{self, Scope, SignedInBy, User},
    },
    step_up::{Action, Verified},
};
use sqlx::{AnyExecutor, any::AnyRow};

/// zxcvbn's score from 0 to 4: below this a password is common, a pattern, or made of what is known
/// of its owner.
const GUESSABLE: zxcvbn::Score = zxcvbn::Score::Three;

/// So many characters of a password are looked at, since the cost grows faster than the length. What
/// begins like that is no easier to guess for what comes after.
const JUDGED: usize = 64;
/// Signs and digits that can stand for a letter, one line for each letter: as zxcvbn knows them.
const LOOK_ALIKES: [&str; 12] =
    ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];
/// zxcvbn searches a password once for each way to read these as letters; beyond so many ways, those that
/// stand for the same letter are made one before.
const READINGS: usize = 4;
/// The fewest characters that a password has beside its owner's names.
const BESIDE_NAMES: usize = 8;

/// The hash of a new password, unless it is too short, too long or easy to guess (PWD-06). Any
/// character is good. `field` names it in the error.
async fn hash_new(
    typed: &str,
    beside: Option<String>,
    email: &str,
    name: &str,
    field: &str,
) -> Result<String> {
    let password = Password::read(typed).ok_or_else(|| Error::invalid(field))?;
    let (email, name) = (email.to_owned(), name.to_owned());
    let is_good = move |password: &Password| is_good(password.as_str(), &email, &name);
    let state = State::current()?;
    let place = state.passwords.enter_new(client::own_address(&state))?;
    let hash = place.hash(password, beside, is_good).await?;
    hash.ok_or_else(|| Error::invalid(field))
}

fn is_good(password: &str, email: &str, name: &str) -> bool {
    password.chars().count() >= SHORTEST_PASSWORD
        && beside_names(password, &[email, name]) >= BESIDE_NAMES
        && is_hard_to_guess(password, &[email, name, "latchkey"])
}

/// zxcvbn's judgement, at a cost that is bounded whatever the password is (PWD-09).
fn is_hard_to_guess(password: &str, known: &[&str]) -> bool {
    zxcvbn::zxcvbn(&to_judge(password), known).score() >= GUESSABLE
}

/// What of a password is judged: its beginning, with few ways to read it.
fn to_judge(password: &str) -> String {
    let beginning: String = password.chars().take(JUDGED).collect();
    if readings(&beginning) <= READINGS {
        return beginning;
    }
    let made_one = |c| match c {
        '@' => '4',
        '{' | '[' | '<' => '(',
        '!' | '|' => '1',
        '$' => '5',
        '+' => '7',
        other => other,
    };
    beginning.chars().map(made_one).collect()
}

/// In how many ways the signs and digits of a text can be read as letters.
fn readings(text: &str) -> usize {
    let there = |signs: &&str| signs.chars().filter(|sign| text.contains(*sign)).count().max(1);
    LOOK_ALIKES.iter().map(there).product()
}

/// How many characters, not counting spaces and punctuation, a password has beside the words of its owner's names.
fn beside_names(password: &str, names: &[&str]) -> usize {
    let names = names.join(" ").to_lowercase();
    let mut words: Vec<_> = names.split(|c: char| !c.is_alphanumeric()).collect();
    words.retain(|word| word.chars().count() > 2);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word, ""));
    rest.chars().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation()).count()
}

/// The hashes of the passwords that sign a user in: the one that was set last, and while that one waits
/// before it may confirm anything also the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserPasswords {
    current: Option<String>,
    before: Option<String>,
    waits: bool,
}

impl UserPasswords {
    /// Reads them from a row of `users`.
    pub fn read(state: &State, row: &AnyRow) -> Result<Self> {
        let waits = row.read::<i64>("password_settled_at")? > state.clock.now();
        let before = if waits { row.read("password_before")? } else { None };
        Ok(Self { current: row.read("password")?, before, waits })
    }

    pub async fn find(state: &State, db: impl AnyExecutor<'_>, user_id: &str) -> Result<Self> {
        let row = sqlx::query(
            "select password, password_before, password_settled_at from users where id = $1",
        )
        .bind(user_id.to_owned())
        .fetch_optional(db)
        .await?;
        row.map_or(Ok(Self::default()), |row| Self::read(state, &row))
    }

    fn all(&self) -> Vec<String> {
        self.current.iter().chain(&self.before).cloned().collect()
    }

    /// Whether the one at this place of [`Self::all`] may confirm something.
    fn is_settled(&self, at: usize) -> bool {
        at > 0 || !self.waits
    }

    /// The one that may confirm something.
    pub fn settled(self) -> Option<String> {
        if self.waits { self.before } else { self.current }
    }
}

/// Whether a user has a password.
pub async fn is_set(db: impl AnyExecutor<'_>, user_id: &str) -> Result<bool> {
    let row = sqlx::query("select 1 from users where id = $1 and password is not null")
        .bind(user_id.to_owned())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}

/// From when on a user's password may confirm something; nothing where there is none. One that stands
/// beside a newer one which waits may.
pub async fn settled_at(tx: &mut Tx, user_id: &str) -> Result<Option<i64>> {
    let row = sqlx::query(
        "select case when password_before is null then password_settled_at else 0 end as at
         from users where id = $1 and password is not null",
    )
    .bind(user_id)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| row.read("at")).transpose()
}

pub async fn sign_up(email: &str, name: &str, password: &str) -> Result<Entered> {
    let outcome = try_sign_up(email, name, password).await;
    metrics::sign_in("new_password", &outcome);
    outcome
}

async fn try_sign_up(email: &str, name: &str, password: &str) -> Result<Entered> {
    let state = State::current()?;
    let (email, name) = (check_email(email)?, check_name(name)?);
    let hash = hash_new(password, None, &email, &name, "password").await?;
    let mut tx = state.db.begin().await?;
    let user = create(&state, &mut tx, NewUser::new(email, name), Some(&hash)).await?;
    let session = open(&state, &mut tx, &user, SignedInBy::NewPassword).await?;
    tx.commit().await?;
    session.send_cookie(&state);
    Ok(Entered { user })
}

pub async fn sign_in(email: &str, password: &str) -> Result<Entered> {
    let outcome = try_sign_in(email, password).await;
    metrics::sign_in("password", &outcome);
    outcome
}

async fn try_sign_in(email: &str, password: &str) -> Result<Entered> {
    let state = State::current()?;
    let client = client::own_address(&state);
    let Some(email) = EmailForms::of(email) else {
        state.passwords.enter(client)?.verify(password, Vec::new()).await?;
        return Err(refused("no_address", Error::SignInFailed));
    };
    let account = AccountByEmail::find(&state, &email).await?;
    let user_id = account.as_ref().map_or("", |account| &account.user.id);
    let mut tx = state.db.begin().await?;
    let allowance = devices::allowance(&state, &mut tx, user_id, &email.one).await?;
    limits::count(&state, &mut tx, Tried::Password, &allowance).await?;
    // A refused attempt takes no place, and an attempt without a place is not counted.
    let hashing = state.passwords.enter(client)?;
    tx.commit().await?;
    let Some(AccountByEmail { user, passwords }) = account else {
        // As much work as for an account that is there.
        hashing.verify(password, Vec::new()).await?;
        return Err(refused("unknown_address", Error::SignInFailed));
    };
    let Some(right) = hashing.verify(password, passwords.all()).await? else {
        activity::record_later(&state, user.id, "sign_in.failed", "password");
        return Err(refused("wrong_password", Error::SignInFailed));
    };
    let mut tx = state.db.begin_for(&user.id).await?;
    // While it was checked, the password may have been changed: then this one is not right any more.
    if UserPasswords::find(&state, &mut *tx, &user.id).await? != passwords {
        return Err(refused("password_changed", Error::SignInFailed));
    }
    if let Match { at: 0, renewed: Some(hash) } = &right {
        keep(&mut tx, &user.id, hash).await?;
    }
    limits::forget(&mut tx, Tried::Password, &allowance).await?;
    let by = SignedInBy::Password { settled: passwords.is_settled(right.at) };
    let session = session::establish(&state, &mut tx, &user.id, by).await?;
    tx.commit().await?;
    session.send_cookie(&state);
    Ok(Entered { user })
}

/// A checked new password and its hash, made before anything is locked.
pub struct NewPassword(String);

impl NewPassword {
    pub async fn new(user: &User, password: &str) -> Result<Self> {
        // After a recovery it waits beside the one before.
        let beside = match user.scope {
            Scope::Recovery => {
                let state = State::current()?;
                UserPasswords::find(&state, state.db.reader(), &user.id).await?.settled()
            }
            Scope::Full => None,
        };
        let hash = hash_new(password, beside, &user.email, &user.name, "new_password").await?;
        Ok(Self(hash))
    }
}

/// The action of setting this very password. What is stored of it for a minute is a hash that is
/// keyed with the session's cookie, which the database does not know: nobody can guess from it.
pub fn setting(user: &User, password: &str) -> Result<Action> {
    let cookie = cookies::read_own(&State::current()?, Name::Session).unwrap_or_default();
    let bound = [b"latchkey password v1\0", cookie.as_bytes(), b"\0", password.as_bytes()];
    let summary = format!("Set a new password for {}", user.email);
    let payload = secret::base64url(&secret::sha256(&bound));
    Ok(Action::new("set_password", summary, &payload).by_strongest().or_recovery())
}

/// Sets it, ends every other session (PWD-07), and forgets every other browser. One that a recovery sets
/// waits before it confirms anything, and until then the one before works beside it.
pub async fn set(mut verified: Verified, password: NewPassword) -> Result<()> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    if user.scope == Scope::Recovery {
        let settled_at = state.clock.now() + millis(state.config.settling());
        let before = UserPasswords::find(&state, &mut **tx, &user.id).await?.settled();
        replace(tx, &user.id, password, settled_at, before).await?;
    } else {
        replace(tx, &user.id, password, SETTLED, None).await?;
    }
    activity::record(&state, tx, &user.id, "password.set", None).await?;
    session::end_all(&state, tx, &user.id, Some(&user.session_id)).await?;
    devices::forget_others(&state, tx, &user.id).await?;
    // A recovery makes one mend.
    session::end_recovery(&state, tx, &user.id).await?;
    verified.commit().await?;
    if user.scope == Scope::Recovery {
        cookies::remove_session(&state);
    }
    Ok(())
}

/// The action of removing the password, which only a settled passkey confirms.
pub async fn removing(user: &User) -> Result<Action> {
    if !is_set(State::current()?.db.reader(), &user.id).await? {
        return Err(Error::NotFound);
    }
    let summary = format!("Remove the password of {}", user.email);
    Ok(Action::new("remove_password", summary, &user.id).by_passkey())
}

/// Removes it, ends every other session, which it may have opened, and forgets every other browser.
pub async fn remove(mut verified: Verified) -> Result<()> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    // The passkey that confirmed this is there: its confirmations go with it.
    sqlx::query(
        "update users set password = null, password_before = null, password_settled_at = 0
         where id = $1",
    )
    .bind(&user.id)
    .execute(&mut **tx)
    .await?;
    activity::record(&state, tx, &user.id, "password.removed", None).await?;
    session::end_all(&state, tx, &user.id, Some(&user.session_id)).await?;
    devices::forget_others(&state, tx, &user.id).await?;
    verified.commit().await
}

/// Makes it the user's password, from when on it may confirm something, and the one that works beside
/// it until then.
async fn replace(
    tx: &mut Tx,
    user_id: &str,
    NewPassword(hash): NewPassword,
    settled_at: i64,
    before: Option<String>,
) -> Result<()> {
    sqlx::query(
        "update users set password = $1, password_settled_at = $2, password_before = $3 where id = $4",
    )
    .bind(hash)
    .bind(settled_at)
    .bind(before)
    .bind(user_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps another hash of the same password.
async fn keep(tx: &mut Tx, user_id: &str, hash: &str) -> Result<()> {
    sqlx::query("update users set password = $1 where id = $2")
        .bind(hash)
        .bind(user_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_anns(password: &str) -> bool {
        let password = Password::read(password);
        password.is_some_and(|it| is_good(it.as_str(), "ann@example.com", "Ann Example"))
    }

    #[test]
    fn long_phrases_of_any_characters_are_good() {
        for password in [
            "violet tractor hums at noon",
            "šťastný kůň běží přes řeku",
            "🐎🔋📎🍉🚲🌧️🎻🧭🪴🛶🧂🕯️🥁🪁🦉",
            "kX9-mQ2-vT7-zL4",
        ] {
            assert!(is_anns(password), "{password}");
        }
        assert!(is_anns(&"violet tractor hums at noon ".repeat(36)[..1000]));
    }

    #[test]
    fn short_long_common_and_personal_ones_are_not() {
        for password in [
            "",
            "kX9-mQ2-vT7-zL",
            "passwordpassword",
            "password1234567",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaaaa",
            "qwertyuiopasdfgh",
            "ann@example.com",
            "Ann Example 2026",
            "latchkeylatchkey",
            // Eight characters that look like sixteen bytes or more until they are composed.
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
        ] {
            assert!(!is_anns(password), "{password}");
        }
        assert!(!is_anns(&"kX9-mQ2-vT7-zL4 ".repeat(65)));
        // No dictionary has these names; their owner's account does.
        for password in ["xiomaraquetzalcoatl", "Quetzalcoatl Xiomara", "zyxtra.blorf@vqk.example"]
        {
            let owner = ("zyxtra.blorf@vqk.example", "Xiomara Quetzalcoatl");
            assert!(!is_good(password, owner.0, owner.1), "{password}");
            assert!(is_good(password, "bob@example.com", "Bob"), "{password}");
        }
    }

    #[test]
    fn a_password_is_judged_by_how_it_begins() {
        let common = "password".repeat(5);
        assert!(!is_anns(&common.repeat(3)));
        assert!(is_anns(&format!("{common}violet tractor hums at noon")));
        let late = format!("{}violet tractor hums at noon", "password".repeat(8));
        assert!(!is_anns(&late));
    }

    #[test]
    fn look_alikes_make_a_password_neither_good_nor_bad() {
        for password in ["p@$$w0rdP4ssw0rd", "p4$$w0rd1p@55w0rd|"] {
            assert!(!is_anns(password), "{password}");
        }
        for password in ["x$9(K!7v{2+m@4[Q", "7|<8}2%Wz{9@q5$L6!", "m{3+K|8!v@1<z(6%Y$0"] {
            assert!(is_anns(password), "{password}");
        }
    }

    #[test]
    fn whatever_a_password_is_little_is_judged_and_in_few_ways() {
        let look_alikes = LOOK_ALIKES.concat();
        let alphabet: Vec<char> = format!("{look_alikes}aA \u{130}\u{1f40e}").chars().collect();
        let dearest = look_alikes.repeat(40);
        let random = (0..500).map(|_| {
            let sign = |byte: u8| alphabet[usize::from(byte) % alphabet.len()];
            let bytes: [[u8; 32]; 8] = rand::random();
            bytes.concat().into_iter().map(sign).collect::<String>()
        });
        for text in random.chain([dearest, String::new()]) {
            let judged = to_judge(&text);
            assert!(judged.chars().count() <= JUDGED, "{judged}");
            assert!(readings(&judged) <= READINGS, "{judged}");
        }
    }
}

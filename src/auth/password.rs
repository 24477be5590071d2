#![cfg(feature = "ssr")]
//! Signing up and in by password, the door for those who have no passkey (yet), and what a password
//! must be. Whether an account exists shows in no answer, and not in how long one takes.

use super::{
    Entered, SHORTEST_PASSWORD,
    server::{Door, NewUser, check_email, create},
};
use crate::{
    error::{Error, Result},
    passkeys::server::check_name,
    server::{
        State, activity, client,
        cookies::{self, Name},
        db::{Read, Tx},
        devices,
        hashing::{Password, Verdict},
        limits::{self, Tried},
        log::refused,
        metrics, secret,
        session::{self, SignedInBy, User},
    },
    step_up::{Action, Verified},
    transfer,
};
use sqlx::AnyExecutor;

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
async fn hash_new(typed: &str, email: &str, name: &str, field: &str) -> Result<String> {
    let password = Password::read(typed).ok_or_else(|| Error::invalid(field))?;
    let (email, name) = (email.to_owned(), name.to_owned());
    let is_good = move |password: &Password| is_good(password.as_str(), &email, &name);
    let state = State::current()?;
    let place = state.passwords.enter_new(client::own_address(&state))?;
    let hash = place.hash(password, is_good).await?;
    hash.ok_or_else(|| Error::invalid(field))
}

fn is_good(password: &str, email: &str, name: &str) -> bool {
    password.chars().count() >= SHORTEST_PASSWORD
        && beside_names(password, &[email, name]) >= BESIDE_NAMES
        && is_hard_to_guess(password, &[email, name, "latchkey"])
}

/// zxcvbn's judgement, at a cost that is bounded whatever the password is (PWD-08).
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
    LOOK_ALIKES.iter().map(|signs| there(&signs)).product()
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

/// The hash of a user's password, if there is one.
pub async fn find(db: impl AnyExecutor<'_>, user_id: &str) -> Result<Option<String>> {
    let row = sqlx::query("select password from users where id = $1")
        .bind(user_id.to_owned())
        .fetch_optional(db)
        .await?;
    row.map_or(Ok(None), |row| row.read("password"))
}

pub async fn sign_up(email: &str, name: &str, password: &str) -> Result<Entered> {
    let outcome = try_sign_up(email, name, password).await;
    metrics::sign_in("new_password", &outcome);
    outcome
}

async fn try_sign_up(email: &str, name: &str, password: &str) -> Result<Entered> {
    let state = State::current()?;
    let (email, name) = (check_email(email)?, check_name(name)?);
    let hash = hash_new(password, &email, &name, "password").await?;
    let mut tx = state.db.begin().await?;
    let user = create(&state, &mut tx, NewUser::new(email, name), Some(&hash)).await?;
    transfer::ledger::open_account(&state, &mut tx, &user.id).await?;
    let session = session::establish(&state, &mut tx, &user.id, SignedInBy::Password).await?;
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
    let Ok(email) = check_email(email) else {
        state.passwords.enter(client)?.verify(password, None).await?;
        return Err(refused("no_address", Error::SignInFailed));
    };
    let door = Door::find(&state, &email).await?;
    let user_id = door.as_ref().map_or("", |door| &door.user.id);
    let mut tx = state.db.begin().await?;
    let allowance = devices::allowance(&state, &mut tx, user_id, &email).await?;
    limits::count(&state, &mut tx, Tried::Password, &allowance).await?;
    // A refused attempt takes no place, and an attempt without a place is not counted.
    let hashing = state.passwords.enter(client)?;
    tx.commit().await?;
    let Some(mut door) = door else {
        // As much work as for an account that is there.
        hashing.verify(password, None).await?;
        return Err(refused("unknown_address", Error::SignInFailed));
    };
    let stored = door.password.take();
    let verdict = hashing.verify(password, stored.clone()).await?;
    if verdict == Verdict::Wrong {
        activity::record_later(&state, door.user.id, "sign_in.failed", "password");
        return Err(refused("wrong_password", Error::SignInFailed));
    }
    let mut tx = state.db.begin_for(&door.user.id).await?;
    // While it was checked, the password may have been changed: then this one is not right any more.
    if find(&mut *tx, &door.user.id).await? != stored {
        return Err(refused("password_changed", Error::SignInFailed));
    }
    if let Verdict::Outdated(hash) = verdict {
        keep(&mut tx, &door.user.id, &hash).await?;
    }
    limits::forget(&mut tx, Tried::Password, &allowance).await?;
    let session = session::establish(&state, &mut tx, &door.user.id, SignedInBy::Password).await?;
    tx.commit().await?;
    session.send_cookie(&state);
    Ok(Entered { user: door.user })
}

/// A checked new password and its hash, made before anything is locked.
pub struct NewPassword(String);

impl NewPassword {
    pub async fn new(user: &User, password: &str) -> Result<Self> {
        Ok(Self(hash_new(password, &user.email, &user.name, "new_password").await?))
    }
}

/// The action of setting this very password. What is stored of it for a minute is a hash that is
/// keyed with the session's cookie, which the database does not know: nobody can guess from it.
pub fn setting(user: &User, password: &str) -> Result<Action> {
    let cookie = cookies::read_own(&State::current()?, Name::Session).unwrap_or_default();
    let bound = [b"latchkey password v1\0", cookie.as_bytes(), b"\0", password.as_bytes()];
    let summary = format!("Set a new password for {}", user.email);
    let payload = secret::base64url(&secret::sha256(&bound));
    Ok(Action::new("set_password", summary, &payload).by_passkey().or_password().or_recovery())
}

/// Sets it, ends every other session (PWD-07), and forgets every other browser.
pub async fn set(mut verified: Verified, password: NewPassword) -> Result<()> {
    let state = State::current()?;
    let user = verified.user().clone();
    let tx = verified.tx();
    keep(tx, &user.id, &password.0).await?;
    activity::record(&state, tx, &user.id, "password.set", None).await?;
    session::end_all(&state, tx, &user.id, Some(&user.session_id)).await?;
    devices::forget_others(&state, tx, &user.id).await?;
    verified.commit().await
}

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

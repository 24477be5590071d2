//! The rules for a new password: long enough, and hard to guess for those who know its user (PWD-06).

use super::MIN_PASSWORD_CHARS;
use crate::{
    error::{Error, Result},
    server::{hashing::Password, request::Request},
};

/// The lowest zxcvbn score, from 0 to 4, that passes: below it a password is common, a pattern, or made
/// of what is known of its user.
const MIN_SCORE: zxcvbn::Score = zxcvbn::Score::Three;

/// How many characters of a password are judged, since the cost grows faster than the length. Whatever
/// follows them does not make a password easier to guess.
const JUDGED_CHARS: usize = 64;
/// The signs and digits that can stand for a letter, one entry for each letter, as zxcvbn knows them.
const LOOK_ALIKES: [&str; 12] =
    ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];
/// zxcvbn searches a password once for each way to read these as letters. Beyond so many ways, the signs
/// that stand for the same letter are made one beforehand.
const MAX_READINGS: usize = 4;
/// The fewest characters that a password must have beside its user's names.
const MIN_CHARS_BESIDE_NAMES: usize = 8;

/// Returns the hash of a new password, unless it is too short, too long or easy to guess (PWD-06). Any
/// character is allowed. `field` names the password in the error.
pub async fn hash_new(
    request: &Request,
    typed: &str,
    beside: Option<String>,
    email: &str,
    name: &str,
    field: &str,
) -> Result<String> {
    let password = Password::read(typed).ok_or_else(|| Error::invalid(field))?;
    let (email, name) = (email.to_owned(), name.to_owned());
    let is_good = move |password: &Password| is_good(password.as_str(), &email, &name);
    let slot = request.passwords.reserve_new(request.client.address)?;
    let hash = slot.hash(password, beside, is_good).await?;
    hash.ok_or_else(|| Error::invalid(field))
}

fn is_good(password: &str, email: &str, name: &str) -> bool {
    password.chars().count() >= MIN_PASSWORD_CHARS
        && beside_names(password, &[email, name]) >= MIN_CHARS_BESIDE_NAMES
        && is_hard_to_guess(password, &[email, name, "latchkey"])
}

/// Asks zxcvbn, at a cost that is bounded whatever the password is (PWD-09).
fn is_hard_to_guess(password: &str, known: &[&str]) -> bool {
    zxcvbn::zxcvbn(&to_judge(password), known).score() >= MIN_SCORE
}

/// The part of a password that is judged: its beginning, with few ways to read it.
fn to_judge(password: &str) -> String {
    let beginning: String = password.chars().take(JUDGED_CHARS).collect();
    if readings(&beginning) <= MAX_READINGS {
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

/// How many characters a password has beside the words of `names`, not counting spaces and punctuation.
fn beside_names(password: &str, names: &[&str]) -> usize {
    let names = names.join(" ").to_lowercase();
    let mut words: Vec<_> = names.split(|c: char| !c.is_alphanumeric()).collect();
    words.retain(|word| word.chars().count() > 2);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let rest = words.iter().fold(password.to_lowercase(), |rest, word| rest.replace(word, ""));
    rest.chars().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation()).count()
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
    fn short_long_common_and_personal_passwords_are_refused() {
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
            // Sixteen characters that are only eight once they are composed.
            "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
        ] {
            assert!(!is_anns(password), "{password}");
        }
        assert!(!is_anns(&"kX9-mQ2-vT7-zL4 ".repeat(65)));
        // No dictionary has these names, but the account of their user does.
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
            assert!(judged.chars().count() <= JUDGED_CHARS, "{judged}");
            assert!(readings(&judged) <= MAX_READINGS, "{judged}");
        }
    }
}

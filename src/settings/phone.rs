//! The phone number.

use super::Phone;
use crate::{
    error::{Error, Result},
    server::feature::Event,
    step_up::{Action, Kind, Policy, Verified},
};

pub static CHANGE_PHONE: Kind = Kind {
    event: &Event::new("change_phone", "Phone number changed")
        .formerly("phone.changed")
        .noun("changing the phone number"),
    policy: Policy::by_strongest(),
};

/// A phone number with its country code, without what people put between the digits (ITU E.164:
/// a plus and at most 15 digits).
fn check_phone(phone: &str) -> Result<String> {
    let between = |c: char| c.is_whitespace() || matches!(c, '-' | '(' | ')' | '.' | '/');
    let phone: String = phone.chars().filter(|c| !between(*c)).collect();
    let digits = phone.strip_prefix('+').unwrap_or_default();
    let fits = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(phone).ok_or_else(|| Error::invalid("phone"))
}

/// The action of changing the number to what was typed.
pub fn change(typed: &str) -> Result<Action<String>> {
    let phone = check_phone(typed)?;
    Ok(CHANGE_PHONE.action(format!("Change your phone number to {phone}"), phone))
}

pub async fn carry_out(mut verified: Verified<String>) -> Result<Phone> {
    let (user, phone, tx) = verified.parts();
    sqlx::query("update users set phone = $1 where id = $2")
        .bind(phone)
        .bind(&user.id)
        .execute(&mut **tx)
        .await?;
    verified.record(None).await?;
    let phone = verified.commit().await?;
    Ok(Phone { message: format!("Your number is {phone}."), phone })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_has_one_form() {
        for (typed, kept) in [
            ("+44 20 7946 0000", "+442079460000"),
            (" +1 (202) 555-0123 ", "+12025550123"),
            ("+49.30/123456", "+4930123456"),
        ] {
            assert_eq!(check_phone(typed).as_deref(), Ok(kept));
        }
        for wrong in
            ["", "+", "12345678", "+0123456789", "+12345", "+1234567890123456", "+12a4567890"]
        {
            assert_eq!(check_phone(wrong), Err(Error::invalid("phone")), "{wrong:?}");
        }
    }
}

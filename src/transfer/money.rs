//! Cents to text and back. Amounts are integers everywhere else.

/// As people write it: `123456` cents are `$1,234.56`.
pub fn format(cents: i64) -> String {
    let sign = if cents < 0 { "−" } else { "" };
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{rest:02}")
}

/// Reads `12`, `12.5`, `12.50`, `1,234.56` or `$12`. Nothing for what is not an amount of money.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('$').replace(',', "");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || rest.len() > 2 || !digits(whole) || !digits(rest) {
        return None;
    }
    let cents: i64 = format!("{rest:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_written_with_groups_of_three() {
        for (cents, text) in [
            (0, "$0.00"),
            (5, "$0.05"),
            (123_456, "$1,234.56"),
            (100_000_000, "$1,000,000.00"),
            (-250, "−$2.50"),
        ] {
            assert_eq!(format(cents), text);
        }
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, cents) in [
            ("12", 1200),
            ("12.5", 1250),
            (" 12.50 ", 1250),
            ("1,234.56", 123_456),
            ("$7", 700),
            ("0.01", 1),
        ] {
            assert_eq!(parse(text), Some(cents), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_nothing() {
        for text in ["", ".", "-1", "1.234", "1e3", "12.3.4", "ten", "99999999999999999999", ".5"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

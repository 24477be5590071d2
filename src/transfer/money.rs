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

/// Reads an amount as people write it, in cents; nothing if it could be meant in two ways.
///
/// - Cents are one or two digits at the end, after a point or a comma: `10.5`, `10.50`, `10,50`.
/// - Thousands may be separated into groups of three digits, all by the same character, which is not
///   that of the cents: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.50`.
/// - A comma before three digits separates thousands, for nobody writes three digits of cents: `1,234`.
///   One point before three digits is refused: `1.234` is a thousand in some countries, and a slip of
///   the finger in others. Two points can only separate thousands: `1.234.567`.
/// - A `$` may stand in front, and spaces around.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix('$').unwrap_or(text).trim_start();
    let (whole, cents) = match text.rsplit_once(['.', ',']) {
        Some((whole, cents)) if cents.len() < 3 => (whole, Some(cents)),
        _ => (text, None),
    };
    let mark = text[whole.len()..].chars().next();
    let dollars = digits(&without_groups(whole, mark)?)?;
    let cents = match cents {
        None => 0,
        Some(cents) => digits(&format!("{cents:0<2}")).filter(|_| !cents.is_empty())?,
    };
    dollars.checked_mul(100)?.checked_add(cents)
}

/// The digits of a whole number that may have separated groups, but not by the `mark` of its cents.
fn without_groups(whole: &str, mark: Option<char>) -> Option<String> {
    const PARTING: [char; 8] = [',', '.', ' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '’'];
    let Some(parting) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return Some(whole.to_owned());
    };
    let groups: Vec<_> = whole.split(parting).collect();
    let fits = PARTING.contains(&parting)
        && mark != Some(parting)
        && (1..=3).contains(&groups[0].len())
        && !groups[0].starts_with('0')
        && groups[1..].iter().all(|group| group.len() == 3);
    let ambiguous = parting == '.' && mark.is_none() && groups.len() == 2;
    (fits && !ambiguous).then(|| groups.concat())
}

fn digits(text: &str) -> Option<i64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
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
            ("10,50", 1050),
            ("10,5", 1050),
            ("1,234", 123_400),
            ("1,234.56", 123_456),
            ("1.234,56", 123_456),
            ("1 234,56", 123_456),
            ("1\u{a0}234.56", 123_456),
            ("1\u{202f}234", 123_400),
            ("1'234.5", 123_450),
            ("1’234", 123_400),
            ("1.234.567", 123_456_700),
            ("1,234,567.89", 123_456_789),
            ("$7", 700),
            ("$ 7.00", 700),
            ("0.01", 1),
            ("0,01", 1),
            ("007", 700),
        ] {
            assert_eq!(parse(text), Some(cents), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_or_could_be_two_is_nothing() {
        for text in [
            "",
            " ",
            "$",
            ".",
            ",",
            "-1",
            "+1",
            "1e3",
            "ten",
            "$$1",
            "1$",
            "1.234",
            "0.123",
            "0,123",
            "1,23,4",
            "1,2345",
            "1.234.5",
            "1.2.3",
            "12.3.4",
            "1,234,56",
            "1.234.56",
            "1234,567",
            "1,234 567",
            "1 23",
            "10 50",
            "1  234",
            "1, 234",
            "1.",
            "1,",
            ".5",
            ",5",
            "1..5",
            "٣",
            "99999999999999999999",
            "92233720368547758.08",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("92233720368547758.07"), Some(i64::MAX));
    }

    /// The ways to write an amount that have only one meaning.
    fn ways(cents: i64) -> Vec<String> {
        let (whole, rest) = ((cents / 100).to_string(), cents % 100);
        let grouped = |parting: &str| {
            let (head, tail) = whole.split_at((whole.len() - 1) % 3 + 1);
            let tail: Vec<_> = tail.as_bytes().chunks(3).map(String::from_utf8_lossy).collect();
            [&[head.into()], &tail[..]].concat().join(parting)
        };
        let mut ways = Vec::new();
        for parting in ["", ",", ".", " ", "\u{a0}", "\u{2009}", "\u{202f}", "'", "’"] {
            for mark in [".", ","].into_iter().filter(|mark| *mark != parting) {
                ways.push(format!("{}{mark}{rest:02}", grouped(parting)));
                if rest % 10 == 0 {
                    ways.push(format!("{}{mark}{}", grouped(parting), rest / 10));
                }
            }
            let is_point = parting == "." && (4..7).contains(&whole.len());
            if rest == 0 && !is_point {
                ways.push(grouped(parting));
            }
        }
        ways
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let small = 0..12_000;
        let large = (12_000..500_000_000).step_by(49_999);
        for cents in small.chain(large).chain([500_000, 2_000_000, 100_000_000]) {
            assert_eq!(parse(&format(cents)), Some(cents));
            for way in ways(cents) {
                assert_eq!(parse(&way), Some(cents), "{way}");
                assert_eq!(parse(&format!(" ${way} ")), Some(cents), "{way}");
            }
        }
    }

    /// Every amount that a text could mean: each point and comma may begin the cents, a point any number
    /// of digits and a comma at most two, and whatever else is not a digit separates thousands.
    fn meanings(text: &str) -> Vec<i64> {
        let text = text.trim_matches([' ', '$']);
        let with_cents = text.match_indices(['.', ',']).filter_map(|(at, mark)| {
            let (whole, cents) = (&text[..at], &text[at + 1..]);
            let fits = !whole.contains(mark)
                && cents.bytes().all(|byte| byte.is_ascii_digit())
                && (mark == "." || cents.len() < 3);
            fits.then_some((whole, cents))
        });
        let meaning = |(whole, cents): (&str, &str)| {
            let groups: Vec<_> = whole.split(|c: char| !c.is_ascii_digit()).collect();
            let fits = groups[1..].iter().all(|group| group.len() == 3);
            let dollars: i64 = groups.concat().parse().ok().filter(|_| fits)?;
            let cents: i64 = format!("{cents:0<2}")[..2].parse().ok()?;
            Some(dollars * 100 + cents)
        };
        with_cents.chain([(text, "")]).filter_map(meaning).collect()
    }

    #[test]
    fn nothing_is_read_as_more_than_the_least_that_it_could_mean() {
        let (mut read, mut refused) = (0, 0);
        for (characters, length) in [("012.,' $", 6), ("10.,", 9)] {
            let characters: Vec<_> = characters.chars().collect();
            for number in 0..characters.len().pow(length) {
                let at = |place| number / characters.len().pow(place) % characters.len();
                let text: String = (0..length).map(|place| characters[at(place)]).collect();
                match parse(&text) {
                    None => refused += 1,
                    Some(cents) => {
                        read += 1;
                        assert_eq!(meanings(&text).into_iter().min(), Some(cents), "{text}");
                    }
                }
            }
        }
        assert!(read > 5_000 && refused > 5_000, "{read} {refused}");
    }
}

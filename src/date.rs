//! Times as people read them, in UTC so that server and browser agree.

use time::OffsetDateTime;

/// A day, from milliseconds since 1970 UTC: `21 November 2026`.
pub fn date(milliseconds: i64) -> String {
    match OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)) {
        Ok(date) => format!("{} {} {}", date.day(), date.month(), date.year()),
        Err(_) => String::new(),
    }
}

/// The same to the minute: `21 November 2026, 07:05 UTC`.
pub fn date_time(milliseconds: i64) -> String {
    match OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)) {
        Ok(at) => format!("{}, {:02}:{:02} UTC", date(milliseconds), at.hour(), at.minute()),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_in_utc() {
        assert_eq!(date(0), "1 January 1970");
        assert_eq!(date(1_795_219_199_999), "20 November 2026");
        assert_eq!(date(1_795_219_200_000), "21 November 2026");
        assert_eq!(date_time(1_795_219_200_000 + 425 * 60_000), "21 November 2026, 07:05 UTC");
    }
}

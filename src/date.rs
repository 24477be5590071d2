#![cfg(feature = "ssr")]
//! Times as people read them, in UTC: a browser that runs scripts puts them into its own zone.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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
        Ok(_) => format!("{}, {}", date(milliseconds), hour(milliseconds)),
        Err(_) => String::new(),
    }
}

/// The hour and the minute: `07:05 UTC`.
pub fn hour(milliseconds: i64) -> String {
    match OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000)) {
        Ok(at) => format!("{:02}:{:02} UTC", at.hour(), at.minute()),
        Err(_) => String::new(),
    }
}

/// For machines, to the second: `2026-11-21T07:05:00Z` (RFC 3339).
pub fn iso(milliseconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000));
    at.ok().and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_in_utc() {
        assert_eq!(date(0), "1 January 1970");
        assert_eq!(date(1_795_219_199_999), "20 November 2026");
        assert_eq!(date(1_795_219_200_000), "21 November 2026");
        assert_eq!(iso(1_795_219_200_000 + 425 * 60_000), "2026-11-21T07:05:00Z");
        assert_eq!(date_time(1_795_219_200_000 + 425 * 60_000), "21 November 2026, 07:05 UTC");
    }
}

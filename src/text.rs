//! What a text that people see may hold. Names and notes stand beside amounts that somebody confirms.

use crate::error::{Error, Result};

/// The longest name of a passkey or a user.
pub const MAX_NAME_CHARS: usize = 64;

/// A name that people see, trimmed: 1 to [`MAX_NAME_CHARS`] characters, of which none deceives.
pub fn check_name(name: &str) -> Result<String> {
    let name = name.trim();
    let fits = (1..=MAX_NAME_CHARS).contains(&name.chars().count())
        && !name.contains(is_deceptive)
        && !name.chars().all(|c| is_modifier(c) || c.is_whitespace());
    fits.then(|| name.to_owned()).ok_or_else(|| Error::invalid("name"))
}

/// Characters that cannot be seen, or that change the direction of the text around them.
pub fn is_deceptive(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e001f}'
    );
    let turning = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || invisible || turning
}

/// Characters that some scripts and emoji need beside others, and that are nothing by themselves:
/// joiners, variation selectors, tags.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

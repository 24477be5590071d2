#![cfg(feature = "ssr")]
//! What a text that people see may hold. Names and notes stand beside amounts that a user confirms.

use crate::error::{Error, Result};
use icu_properties::{
    CodePointSetData,
    props::{BidiControl, DefaultIgnorableCodePoint, VariationSelector},
};

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

/// Whether a character cannot be seen, or changes the direction of the text around it.
pub fn is_deceptive(c: char) -> bool {
    let is_invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        // Line and paragraph separators, an empty Braille cell, and marks of annotations.
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{fff9}'..='\u{fffb}');
    let turns = CodePointSetData::new::<BidiControl>().contains(c);
    c.is_control() || turns || is_invisible && !is_modifier(c)
}

/// Whether some scripts and emoji need a character beside others, while it is nothing by itself:
/// joiners, variation selectors, tags.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{e0020}'..='\u{e007f}')
        || CodePointSetData::new::<VariationSelector>().contains(c)
}

/// How others know a user: by the address, if that is proven.
pub fn known_as(email: &str, is_proven: bool, name: &str) -> String {
    if is_proven { email.to_owned() } else { format!("{name} (address not confirmed)") }
}

/// A text as a part of an address.
pub fn percent_encoded(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_deceive_are_told_from_those_that_scripts_and_emoji_need() {
        for deceptive in [
            '\u{0}',
            '\n',
            '\u{7f}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180e}',
            '\u{200b}',
            '\u{200e}',
            '\u{202e}',
            '\u{2028}',
            '\u{2029}',
            '\u{2060}',
            '\u{2066}',
            '\u{206a}',
            '\u{2800}',
            '\u{3164}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{fff9}',
            '\u{1d173}',
            '\u{e0001}',
        ] {
            assert!(is_deceptive(deceptive), "{deceptive:?}");
        }
        for good in [
            'a',
            ' ',
            'é',
            '\u{301}',
            'ا',
            '\u{600}',
            'ก',
            '中',
            '😀',
            '\u{200c}',
            '\u{200d}',
            '\u{fe0f}',
            '\u{e0067}',
            '\u{e0100}',
        ] {
            assert!(!is_deceptive(good), "{good:?}");
        }
    }
}

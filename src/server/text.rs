//! What a text that people see may hold. Names and notes stand beside amounts that somebody confirms.

/// Characters that cannot be seen, or that change how the text around them is read. Joiners, which
/// some scripts and emoji need, are none of them.
pub fn is_deceptive(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2028}' | '\u{2029}'
            | '\u{2060}'..='\u{2064}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
    );
    let turning = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    c.is_control() || invisible || turning
}

/// Joins the characters beside it, and is nothing by itself.
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

//! Text that is safe on a terminal and in a log.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns `true` for characters that act on a terminal or mislead a reader: control characters, including ESC and the
/// single-character introducers of escape sequences; characters that change the direction of the text; and invisible ones that
/// make two texts look alike. Line ends and tabs are harmless, and so are joiners, which ordinary words contain.
fn is_harmful(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Directional marks, embeddings, overrides and isolates.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Line and paragraph separators that only some programs treat as such.
        '\u{2028}' | '\u{2029}' => true,
        // Invisible: zero-width spaces, operators, deprecated format characters, fillers, tags.
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' => true,
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

/// Replaces every character that is not safe on a terminal by `\u{…}`. Line ends and tabs stay; `\r\n` becomes `\n`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\r' if rest.peek() == Some(&'\n') => {}
            harmful if is_harmful(harmful) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(harmful));
            }
            harmless => shown.push(harmless),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_that_act_on_a_terminal_are_escaped() {
        for (text, shown) in [
            ("plain – größer 備份 🙂\n\tnext", "plain – größer 備份 🙂\n\tnext"),
            ("a\r\nb", "a\nb"),
            ("a\rb", "a\\u{d}b"),
            (
                "\u{1b}[31mred\u{1b}]0;title\u{7}",
                "\\u{1b}[31mred\\u{1b}]0;title\\u{7}",
            ),
            ("\u{9b}2J\u{7f}\0", "\\u{9b}2J\\u{7f}\\u{0}"),
            ("evil\u{202e}gpj.exe", "evil\\u{202e}gpj.exe"),
            ("\u{2066}x\u{2069}\u{200f}", "\\u{2066}x\\u{2069}\\u{200f}"),
            ("ad\u{200b}min\u{feff}", "ad\\u{200b}min\\u{feff}"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
        // A family emoji joins several persons, and Persian words need the non-joiner.
        for text in ["👨\u{200d}👩\u{200d}👧", "می\u{200c}خواهم"] {
            assert!(matches!(printable(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(text in any::<String>()) {
            let shown = printable(&text).into_owned();
            prop_assert!(!shown.contains(is_harmful));
            prop_assert_eq!(printable(&shown), shown.as_str());
        }
    }
}

//! Text that comes from elsewhere, made to fit.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// The columns that `text` takes in a terminal.
pub(super) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` without what a terminal would obey: control characters, line breaks, changes of
/// direction. They are written as escapes, so that one sees that they are there.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_obeyed(c) {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// The first `columns` columns of `text`, ending in `…` where something is missing.
pub(super) fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    match columns {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}…", &text[..fitting(text, columns - 1)])),
    }
}

/// `text` in at most `lines` lines of at most `columns` columns, broken at spaces where there are
/// any.
pub(super) fn wrap(text: &str, columns: usize, lines: usize) -> Vec<String> {
    let mut wrapped = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if wrapped.len() + 1 == lines || width(rest) <= columns {
            wrapped.push(truncate(rest, columns).into_owned());
            break;
        }
        let most = fitting(rest, columns);
        // A line that is not half full reads worse than a broken word.
        let end = match rest[..most].rfind(' ') {
            _ if rest[most..].starts_with(' ') => most,
            Some(space) if space > most / 2 => space,
            _ => most,
        };
        if end == 0 {
            wrapped.push(truncate(rest, columns).into_owned());
            break;
        }
        wrapped.push(rest[..end].trim_end().to_owned());
        rest = rest[end..].trim_start();
    }
    wrapped
}

/// The length in bytes of the longest beginning of `text` that fits.
fn fitting(text: &str, columns: usize) -> usize {
    // Not a sum over the characters: some take more, or fewer, columns together than alone.
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    ends.take_while(|&end| width(&text[..end]) <= columns)
        .last()
        .unwrap_or(0)
}

fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{feff}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{clean, truncate, width, wrap};

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(
            clean("a\x1b[31mb\r\nc\u{202e}d\u{9b}2J"),
            r"a\u{1b}[31mb\r\nc\u{202e}d\u{9b}2J"
        );
        assert_eq!(clean("plain ünïcode 名前"), "plain ünïcode 名前");
    }

    #[test]
    fn truncation_keeps_to_the_columns() {
        assert_eq!(truncate("worker", 6), "worker");
        assert_eq!(truncate("worker", 5), "work…");
        assert_eq!(truncate("名前名前", 6), "名前…");
        assert_eq!(truncate("worker", 1), "…");
        assert_eq!(truncate("worker", 0), "");
    }

    #[test]
    fn wrapping_breaks_at_spaces_and_ends() {
        assert_eq!(
            wrap("cannot read the file", 11, 3),
            ["cannot read", "the file"]
        );
        assert_eq!(wrap("aaaaaaaaaa bbbb", 4, 3), ["aaaa", "aaaa", "aa …"]);
        assert_eq!(wrap("名", 1, 3), ["…"]);
        assert!(wrap("  ", 10, 3).is_empty());
        for line in wrap("👩‍👩‍👧‍👦 ❤️❤️❤️❤️ e\u{301}e\u{301}e\u{301}", 5, 9)
        {
            assert!(width(&line) <= 5, "{line:?}");
        }
    }
}

//! Foreign text made to fit a terminal, and numbers as people read them.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

/// Returns the columns that `text` takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Escapes control characters, line breaks and changes of direction, which a terminal would obey.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_control(c) {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
    }
    Cow::Owned(clean)
}

/// Returns the first `columns` columns of `text`, ending in `…` if something is missing.
pub(crate) fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    match columns {
        0 => Cow::Borrowed(""),
        _ => Cow::Owned(format!("{}…", &text[..fitting(text, columns - 1)])),
    }
}

/// Returns `text` in at most `columns` columns, with `…` in its middle if something is missing. Two
/// thirds of them are for the end, which tells paths and ids apart.
pub(crate) fn truncate_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(1);
    let head = &text[..fitting(text, room / 3)];
    let starts = text.char_indices().rev().map(|(start, _)| start);
    let tail = starts
        .take_while(|&start| width(&text[start..]) <= room - room / 3)
        .last()
        .map_or("", |start| &text[start..]);
    let shortened = format!("{head}…{tail}");
    // Characters may take more columns together than alone.
    if width(&shortened) <= columns {
        Cow::Owned(shortened)
    } else {
        truncate(text, columns)
    }
}

/// Returns `text` in at most `lines` lines of at most `columns` columns, broken at spaces if it has
/// any.
pub(crate) fn wrap(text: &str, columns: usize, lines: usize) -> Vec<String> {
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

/// Returns the length in bytes of the longest prefix of `text` that fits.
fn fitting(text: &str, columns: usize) -> usize {
    // Not a sum over the characters: some take more, or fewer, columns together than alone.
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    ends.take_while(|&end| width(&text[..end]) <= columns)
        .last()
        .unwrap_or(0)
}

fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{feff}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The units, in nanoseconds.
const UNITS: [(&str, f64); 4] = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];

/// Returns three digits and a unit: `850ns`, `83.2µs`, `3.41ms`, `480ms`, `12.5s`; from a minute on `2m
/// 03s`, `1h 02m`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(crate) fn duration(nanoseconds: u64) -> String {
    if nanoseconds < 1_000 {
        return format!("{nanoseconds}ns");
    }
    for (unit, size) in UNITS.into_iter().skip(1) {
        let value = nanoseconds as f64 / size;
        // The bounds lie where rounding would add a digit.
        let last: f64 = if unit == "s" { 59.95 } else { 999.5 };
        if value < 9.995 {
            return format!("{value:.2}{unit}");
        } else if value < last.min(99.95) {
            return format!("{value:.1}{unit}");
        } else if value < last {
            return format!("{value:.0}{unit}");
        }
    }
    let seconds = nanoseconds.saturating_add(500_000_000) / 1_000_000_000;
    match seconds {
        ..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns a number in the form `2,381`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns `1 span` or `2,381 spans`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

#[cfg(test)]
mod tests {
    use super::{clean, count, counted, duration, truncate, truncate_middle, width, wrap};

    #[test]
    fn control_characters_are_escaped() {
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
    fn the_middle_is_cut_out() {
        let path = "runtime/src/pool/shuttle.rs";
        assert_eq!(truncate_middle(path, 27), path);
        assert_eq!(truncate_middle(path, 16), "runti…shuttle.rs");
        assert_eq!(truncate_middle("名前名前名前", 8), "名…名前");
        assert_eq!(truncate_middle(path, 2), "…s");
        assert_eq!(truncate_middle(path, 1), "…");
        assert_eq!(truncate_middle(path, 0), "");
        let odd = "👩‍👩‍👧‍👦 ❤️❤️❤️❤️ e\u{301}e\u{301}e\u{301}";
        for columns in 0..30 {
            let shortened = truncate_middle(odd, columns);
            assert!(width(&shortened) <= columns, "{shortened:?}");
        }
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

    #[test]
    fn durations_have_three_digits() {
        for (nanoseconds, text) in [
            (0, "0ns"),
            (999, "999ns"),
            (1_000, "1.00µs"),
            (9_994, "9.99µs"),
            (9_996, "10.0µs"),
            (83_200, "83.2µs"),
            (99_949, "99.9µs"),
            (99_951, "100µs"),
            (999_499, "999µs"),
            (999_500, "1.00ms"),
            (480_000_000, "480ms"),
            (999_999_999, "1.00s"),
            (12_500_000_000, "12.5s"),
            (59_940_000_000, "59.9s"),
            (59_960_000_000, "1m 00s"),
            (123_400_000_000, "2m 03s"),
            (3_599_600_000_000, "1h 00m"),
            (3_725_000_000_000, "1h 02m"),
            (u64::MAX, "5124095h 34m"),
        ] {
            assert_eq!(duration(nanoseconds), text, "{nanoseconds}");
        }
    }

    #[test]
    fn counts_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "span"), "1 span");
        assert_eq!(counted(2_381, "span"), "2,381 spans");
    }
}

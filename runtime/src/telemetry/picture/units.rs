//! Numbers as people read them.

/// Each unit in nanoseconds, with the value from which on the next unit reads better.
const UNITS: [(&str, f64); 4] = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];

/// Three digits and a unit: `850ns`, `83.2µs`, `3.41ms`, `480ms`, `12.5s`; from a minute on `2m
/// 03s`, `1h 02m`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub(super) fn duration(nanoseconds: u64) -> String {
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

/// `2,381`.
pub(super) fn count(number: usize) -> String {
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

/// `1 span`, `2,381 spans`.
pub(super) fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}

#[cfg(test)]
mod tests {
    use super::{count, counted, duration};

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

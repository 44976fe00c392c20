//! Bounded texts of user code: errors and their causes, panics, fields, return values.
//!
//! Formatting stops where a text is longer than its limit. The text then is a little longer than the
//! limit, so that [`BoundedSpan`](super::BoundedSpan) sees that it must be cut.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

use opentelemetry::otel_warn;

use crate::unwind;

/// The bytes of one text. An export request of 512 spans, the default, stays near the 4 MiB that a
/// gRPC collector accepts if each has two texts of this size.
const MAX_BYTES: usize = 4 * 1024;

/// The bytes of a stack trace, and of the texts of one array.
const MAX_LONG_BYTES: usize = 16 * 1024;

/// The causes of an error that are read: a chain may be a cycle.
const MAX_CAUSES: usize = 32;

const ELLIPSIS: char = '…';

/// The variables that lower the limit, the first that is valid, after OpenTelemetry's specification
/// of attribute limits.
const VARIABLES: [&str; 2] = [
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
];

/// The limits of a text: both hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TextLimit {
    bytes: usize,
    characters: usize,
}

impl TextLimit {
    /// Returns the limit of this process. The environment is read once.
    ///
    /// The first call may run a subscriber, so it must not be made under a lock.
    pub(super) fn of_process() -> Self {
        static LIMIT: OnceLock<TextLimit> = OnceLock::new();
        if let Some(limit) = LIMIT.get() {
            return *limit;
        }
        let (limit, malformed) = Self::from_variables(env::var_os);
        if LIMIT.set(limit).is_ok() {
            for variable in malformed {
                otel_warn!(
                    name: "Span.InvalidAttributeLimit",
                    variable = variable,
                    message = "the value is not a whole number, and is ignored; write for example 1024"
                );
            }
        }
        limit
    }

    /// Returns the limit that `variables` set, and the names of those that are malformed.
    fn from_variables(
        variables: impl Fn(&'static str) -> Option<OsString>,
    ) -> (Self, Vec<&'static str>) {
        let mut malformed = Vec::new();
        let mut parse = |name| {
            // An empty value counts as unset.
            let value = variables(name).filter(|value| !value.is_empty())?;
            let number = value.to_str().and_then(|value| value.trim().parse().ok());
            if number.is_none() {
                malformed.push(name);
            }
            number
        };
        // Both are read, so that both are reported.
        let [of_spans, of_all] = VARIABLES.map(&mut parse);
        let limit = Self {
            bytes: MAX_BYTES,
            characters: of_spans.or(of_all).unwrap_or(usize::MAX),
        };
        (limit, malformed)
    }

    /// Returns the limit of a stack trace, and of the texts of one array.
    pub(super) fn long(self) -> Self {
        Self {
            bytes: MAX_LONG_BYTES,
            ..self
        }
    }

    pub(super) fn bytes(self) -> usize {
        self.bytes
    }

    /// Returns `text` cut, with an ellipsis as its end, if it is longer than the limit.
    pub(super) fn cut(self, text: &str) -> Option<String> {
        if !self.is_exceeded_by(text) {
            return None;
        }
        // As for `is_exceeded_by`, the ellipsis is one character.
        let Some(characters) = self.characters.checked_sub(1) else {
            return Some(String::new());
        };
        let Some(bytes) = self.bytes.checked_sub(ELLIPSIS.len_utf8()) else {
            return Some(String::new());
        };
        let start = prefix(text, bytes);
        let end = start.char_indices().nth(characters);
        let start = end.map_or(start, |(end, _)| &start[..end]);
        let mut cut = String::with_capacity(start.len() + ELLIPSIS.len_utf8());
        cut.push_str(start);
        cut.push(ELLIPSIS);
        Some(cut)
    }

    fn is_exceeded_by(self, text: &str) -> bool {
        text.len() > self.bytes
            || text.len() > self.characters && text.chars().nth(self.characters).is_some()
    }

    /// Returns the bytes that a text may have before it is cut: so many that a text which has more
    /// exceeds the limit without the rest, too.
    fn bytes_to_build(self) -> usize {
        self.bytes.min(self.characters.saturating_mul(4)) + 4
    }
}

/// Formats `arguments`, as far as the limit. Returns `None` if the user's formatting code panics or
/// fails: what is recorded of a worker never decides whether it runs.
pub(super) fn format(arguments: fmt::Arguments<'_>) -> Option<String> {
    let mut text = Bounded {
        text: String::new(),
        bytes: TextLimit::of_process().bytes_to_build(),
        is_full: false,
    };
    let result = catch(|| text.write_fmt(arguments))?;
    (result.is_ok() || text.is_full).then_some(text.text)
}

/// Copies `text`, as far as the limit.
pub(super) fn copy(text: &str) -> String {
    prefix(text, TextLimit::of_process().bytes_to_build()).to_owned()
}

/// Copies a stack trace, as far as its limit.
pub(super) fn copy_long(text: &str) -> String {
    prefix(text, TextLimit::of_process().long().bytes_to_build()).to_owned()
}

/// Formats `error` and its causes: `outer: inner: root`. A cause that the text already ends with is
/// not repeated, because some errors have the text of their cause in their own.
pub(super) fn with_causes(error: &dyn Error) -> Option<String> {
    let limit = TextLimit::of_process();
    let mut text = format(format_args!("{error}"))?;
    let mut source = catch(|| error.source()).flatten();
    for _ in 0..MAX_CAUSES {
        let Some(cause) = source.filter(|_| !limit.is_exceeded_by(&text)) else {
            break;
        };
        let Some(cause_text) = format(format_args!("{cause}")) else {
            break;
        };
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = catch(|| cause.source()).flatten();
    }
    Some(text)
}

fn catch<R>(code: impl FnOnce() -> R) -> Option<R> {
    unwind::catch(code).ok()
}

/// Returns the longest prefix of at most `bytes` bytes that ends between two characters.
fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text that fails to be written once it has more than `bytes`: so formatting ends early.
struct Bounded {
    text: String,
    bytes: usize,
    is_full: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        // Code that goes on after an error must not fill the rest with smaller pieces.
        let room = if self.is_full {
            0
        } else {
            self.bytes - self.text.len()
        };
        let fitting = prefix(piece, room);
        self.text.push_str(fitting);
        if fitting.len() == piece.len() {
            return Ok(());
        }
        self.is_full = true;
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests;

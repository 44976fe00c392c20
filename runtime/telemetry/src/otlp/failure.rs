//! One attempt that failed: why, and what may be done about it.

use std::error::Error;
use std::time::Duration;

/// The longest text of a collector that an error repeats, in bytes.
const MAX_MESSAGE: usize = 300;

/// An attempt after which the collector does not have the spans.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// A sentence without its subject, which is the collector's address.
    pub(super) reason: String,
    pub(super) remedy: Remedy,
}

/// The next step after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// The same request is sent again, no earlier than after this time.
    Retry(Duration),
    /// Half of the spans are sent at a time.
    Split,
    /// None.
    GiveUp,
}

impl Failure {
    pub(super) fn new(remedy: Remedy, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            remedy,
        }
    }

    pub(super) fn timed_out(timeout: Duration) -> Self {
        let remedy = Remedy::Retry(Duration::ZERO);
        Self::new(remedy, format!("did not answer in {timeout:.1?}"))
    }

    /// Returns the failure of a connection.
    pub(super) fn connection(error: &(dyn Error + 'static)) -> Self {
        Self::new(
            Remedy::Retry(Duration::ZERO),
            format!(
                "could not be reached: {}; is a collector running there?",
                root_cause(error)
            ),
        )
    }
}

/// Returns the text of the innermost error: those around it name libraries, and addresses with their
/// credentials.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Returns what a collector wrote, as it can stand in an error: `: ` and its beginning on one line,
/// or nothing.
pub(super) fn message(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.is_empty() {
        return line;
    }
    let ends = line.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| end <= MAX_MESSAGE).last();
    let (beginning, rest) = line.split_at(end.unwrap_or(0));
    let dots = if rest.is_empty() { "" } else { ".." };
    format!(": {beginning}{dots}")
}

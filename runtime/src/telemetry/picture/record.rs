//! What is kept of a span that ended.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;

/// More of a name, or of an error's message, is never drawn.
const NAME_BYTES: usize = 256;
const MESSAGE_BYTES: usize = 1024;

/// A span that ended, without what the picture does not show.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) parent_is_remote: bool,
    pub(super) name: Cow<'static, str>,
    /// Nanoseconds since the epoch, like `end`.
    pub(super) start: u64,
    pub(super) end: u64,
    /// The thread that started it; none when too many spans were open to remember that.
    pub(super) thread: Option<Arc<str>>,
    /// The error's message, which may be empty.
    pub(super) error: Option<Box<str>>,
}

impl Record {
    pub(super) fn new(span: SpanData, thread: Option<Arc<str>>) -> Self {
        let error = message(&span);
        Self {
            id: span.span_context.span_id(),
            parent: (span.parent_span_id != SpanId::INVALID).then_some(span.parent_span_id),
            parent_is_remote: span.parent_span_is_remote,
            name: bounded_name(span.name),
            start: nanoseconds(span.start_time),
            end: nanoseconds(span.end_time),
            thread,
            error,
        }
    }

    /// Whether its parent, if any, is in another process.
    pub(super) fn is_local_root(&self) -> bool {
        self.parent.is_none() || self.parent_is_remote
    }

    /// Zero where the clock went back.
    pub(super) fn duration(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// The status' description, else the message of the last exception that the span recorded.
fn message(span: &SpanData) -> Option<Box<str>> {
    let Status::Error { description } = &span.status else {
        return None;
    };
    if !description.is_empty() {
        return Some(prefix(description, MESSAGE_BYTES).into());
    }
    let exceptions = span
        .events
        .iter()
        .rev()
        .filter(|event| event.name == "exception");
    let message = exceptions
        .flat_map(|event| &event.attributes)
        .find(|attribute| attribute.key.as_str() == "exception.message")
        .map(|attribute| attribute.value.as_str());
    Some(prefix(message.as_deref().unwrap_or_default(), MESSAGE_BYTES).into())
}

fn bounded_name(name: Cow<'static, str>) -> Cow<'static, str> {
    match name {
        Cow::Owned(name) if name.len() > NAME_BYTES => {
            Cow::Owned(prefix(&name, NAME_BYTES).to_owned())
        }
        name => name,
    }
}

fn prefix(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Times before 1970 count as 1970, and those after 2554 as 2554.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

//! A trace to draw, the records of its spans, and the summary of traces that are not drawn.

use std::borrow::Cow;
use std::sync::Arc;
use std::thread::{self, Thread};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanId, Status, TraceId};
use opentelemetry_sdk::trace::SpanData;

use crate::details::{Details, Parts, bounded};
use crate::text::{self, count, counted};

/// The bytes that are kept of a name and of an error's message: more is never drawn.
const NAME_BYTES: usize = 256;
const MESSAGE_BYTES: usize = 1024;
/// The bytes of a message that are kept when memory is short.
const SHORT_MESSAGE_BYTES: usize = 64;

/// The different names that a summary tells apart, and those that its line shows.
const NAMES: usize = 32;
const SHOWN_NAMES: usize = 3;

/// A trace, or the rest of one, to be drawn.
#[derive(Debug)]
pub(crate) struct FinishedTrace {
    pub(crate) id: TraceId,
    pub(crate) order: u64,
    pub(crate) spans: Vec<Record>,
    /// `true` if a part of this trace was drawn before.
    pub(crate) continues: bool,
    pub(crate) still_open: usize,
    /// Ended spans that were not kept.
    pub(crate) left_out: usize,
    /// Spans whose details were not kept.
    pub(crate) stripped: usize,
    /// `true` if a span has an error, kept or not.
    pub(crate) failed: bool,
}

/// The parts of an ended span that are drawn.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) id: SpanId,
    pub(crate) parent: Option<SpanId>,
    pub(crate) parent_is_remote: bool,
    pub(crate) name: Cow<'static, str>,
    /// Nanoseconds since the epoch, like `end`.
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The nanoseconds that its message waited in a queue before the start.
    pub(crate) wait: u64,
    /// The thread that started it; `None` if too many spans were open to remember that, or if threads
    /// are not drawn.
    pub(crate) thread: Option<Arc<str>>,
    /// The error's message, which may be empty; `None` without an error.
    pub(crate) error: Option<Box<str>>,
    pub(crate) details: Option<Box<Details>>,
}

/// The traces that are counted and not drawn.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    traces: usize,
    spans: usize,
    errors: usize,
    unfinished: usize,
    names: Vec<(String, usize)>,
    has_other_names: bool,
    /// The reason for which others were drawn instead of them.
    order: Option<&'static str>,
}

impl FinishedTrace {
    /// Returns the time from the first start to the last end.
    pub(crate) fn duration(&self) -> u64 {
        let (start, end) = extent(&self.spans);
        end - start
    }

    pub(crate) fn errors(&self) -> usize {
        self.spans
            .iter()
            .filter(|span| span.error.is_some())
            .count()
    }

    pub(crate) fn span_count(&self) -> usize {
        self.spans.len() + self.left_out
    }

    /// The name of its local root, else of its first span.
    pub(crate) fn name(&self) -> &str {
        let root = self.spans.iter().find(|span| span.is_local_root());
        root.or(self.spans.first()).map_or("", |span| &span.name)
    }
}

/// Returns the first start and the last end, in this order even if the clock was set back.
pub(crate) fn extent(spans: &[Record]) -> (u64, u64) {
    let start = spans
        .iter()
        .map(|span| span.start)
        .min()
        .unwrap_or_default();
    let end = spans
        .iter()
        .map(|span| span.end.max(span.start))
        .max()
        .unwrap_or_default();
    (start, end)
}

impl Record {
    /// The collector adds the thread.
    pub(crate) fn new(span: SpanData, parts: Parts) -> Self {
        let error = message(&span);
        let (details, wait) = Details::new(
            span.attributes,
            span.events,
            &span.links,
            error.is_some(),
            parts,
        );
        Self {
            id: span.span_context.span_id(),
            parent: (span.parent_span_id != SpanId::INVALID).then_some(span.parent_span_id),
            parent_is_remote: span.parent_span_is_remote,
            name: bounded(span.name, NAME_BYTES),
            start: nanoseconds(span.start_time),
            end: nanoseconds(span.end_time),
            wait,
            thread: None,
            error,
            details: (!details.is_empty()).then(|| Box::new(details)),
        }
    }

    /// Returns about the number of bytes of the parts whose size depends on the program.
    pub(crate) fn bytes(&self) -> usize {
        let error = self.error.as_deref().map_or(0, str::len);
        error + self.details.as_deref().map_or(0, Details::bytes)
    }

    /// Drops the parts that need much memory, and returns whether there were any.
    pub(crate) fn strip(&mut self) -> bool {
        let message = self.error.as_deref();
        let is_long = message.is_some_and(|message| message.len() > SHORT_MESSAGE_BYTES);
        if is_long {
            self.error = message.map(|message| prefix(message, SHORT_MESSAGE_BYTES).into());
        }
        self.details.take().is_some() || is_long
    }

    /// Returns whether it has no parent in this process.
    pub(crate) fn is_local_root(&self) -> bool {
        self.parent.is_none() || self.parent_is_remote
    }

    /// Returns zero if the clock was set back.
    pub(crate) fn duration(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// Returns the status' description, else the message of the last exception that was recorded.
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

/// Returns the longest prefix of at most `bytes` bytes that ends at a character.
pub(crate) fn prefix(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rfind(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or_default()]
}

/// Times before 1970 count as 1970, and those after 2554 as 2554.
pub(crate) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl Summary {
    pub(crate) fn add(&mut self, trace: &FinishedTrace) {
        self.traces += 1;
        self.spans += trace.span_count();
        self.errors += trace.errors();
        self.unfinished += usize::from(trace.still_open > 0);
        let name = trace.name();
        if let Some((_, times)) = self.names.iter_mut().find(|(known, _)| known == name) {
            *times += 1;
        } else if self.names.len() < NAMES {
            self.names.push((name.to_owned(), 1));
        } else {
            self.has_other_names = true;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.traces == 0
    }

    /// Sets the order in which traces were chosen to be drawn.
    pub(crate) fn chosen_by(&mut self, order: &'static str) {
        self.order = Some(order);
    }

    /// Returns `… and 2,381 more traces (2,381 spans, 3 errors; slowest drawn first): worker_process`.
    pub(crate) fn line(&self) -> String {
        let mut inside = counted(self.spans, "span");
        for (number, noun) in [
            (self.errors, "error"),
            (self.unfinished, "unfinished trace"),
        ] {
            if number > 0 {
                inside = format!("{inside}, {}", counted(number, noun));
            }
        }
        if let Some(order) = self.order {
            inside = format!("{inside}; {order} drawn first");
        }
        let mut names: Vec<_> = self
            .names
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .collect();
        names.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let more = self.has_other_names || names.len() > SHOWN_NAMES;
        let shown: Vec<String> = names
            .iter()
            .take(SHOWN_NAMES)
            .map(|(name, _)| text::clean(name).into_owned())
            .collect();
        let traces = if self.traces == 1 { "trace" } else { "traces" };
        let mut line = format!("… and {} more {traces} ({inside})", count(self.traces));
        if !shown.is_empty() {
            line = format!(
                "{line}: {}{}",
                shown.join(", "),
                if more { ", …" } else { "" }
            );
        }
        line
    }
}

thread_local! {
    static LABEL: Arc<str> = label(&thread::current());
}

/// Returns the name of the current thread in the output. It is made once a thread.
pub(crate) fn thread_label() -> Arc<str> {
    // A span may start while the thread-locals are being destroyed.
    LABEL
        .try_with(Arc::clone)
        .unwrap_or_else(|_| "ending thread".into())
}

fn label(thread: &Thread) -> Arc<str> {
    match thread.name() {
        Some("main") => "main thread".into(),
        Some(name) => name.into(),
        None => {
            let id = format!("{:?}", thread.id());
            let digits: String = id.chars().filter(char::is_ascii_digit).collect();
            format!("thread {digits}").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{prefix, thread_label};

    #[test]
    fn a_prefix_ends_at_a_character() {
        for (bytes, expected) in [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (9, "aéb")] {
            assert_eq!(prefix("aéb", bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn a_named_thread_has_its_name() {
        let label = std::thread::Builder::new()
            .name("hash-3".into())
            .spawn(thread_label);
        assert_eq!(
            &*label.expect("a thread").join().expect("a label"),
            "hash-3"
        );
    }

    #[test]
    fn an_unnamed_thread_has_its_number() {
        let label = std::thread::spawn(thread_label).join().expect("a label");
        let number = label.strip_prefix("thread ").expect("a number");
        assert!(number.parse::<u64>().is_ok(), "{label}");
    }
}

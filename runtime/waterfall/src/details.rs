//! The parts of a span beside its name, its times and its error: fields, events, links and the wait
//! in a queue.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use opentelemetry::trace::{Event, SpanId, TraceId};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use crate::trace::{nanoseconds, prefix};

/// The fields of a span that are kept, and the bytes of a key and of a value.
const FIELDS: usize = 8;
const KEY_BYTES: usize = 64;
const VALUE_BYTES: usize = 256;

/// The events of a span that are kept, and the bytes of their names.
const EVENTS: usize = 16;
const EVENT_BYTES: usize = 128;

/// The traces that a span links to and that are named.
const SOURCES: usize = 3;

/// The seconds that a message waited in a queue.
const QUEUE_WAIT: &str = "traced_worker.queue.wait";

/// The messages of a batch, after the semantic conventions for messaging.
const MESSAGE_COUNT: &str = "messaging.batch.message_count";

/// The event of an error, after the semantic conventions for exceptions.
const EXCEPTION: &str = "exception";

/// The attributes that are no fields: libraries set them on every span, or they are drawn elsewhere.
const NO_FIELDS: [&str; 7] = [
    "thread.",
    "code.",
    "messaging.",
    "traced_worker.",
    "error.",
    "exception.",
    "otel.",
];

/// Those that `tracing-opentelemetry` sets.
const NO_FIELDS_OF_TRACING: [&str; 4] = ["busy_ns", "idle_ns", "level", "target"];

/// The parts of a trace that are drawn.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Parts {
    pub(crate) fields: bool,
    pub(crate) events: bool,
    pub(crate) links: bool,
    pub(crate) queue_wait: bool,
    pub(crate) threads: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            fields: true,
            events: true,
            links: true,
            queue_wait: true,
            threads: true,
        }
    }
}

/// The details of a span. Each is bounded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    pub(crate) fields: Vec<KeyValue>,
    /// `true` if the span has more fields than are kept.
    pub(crate) has_more_fields: bool,
    /// In the order of their time.
    pub(crate) events: Vec<Mark>,
    /// The number of events, also of those that are not kept.
    pub(crate) event_count: usize,
    pub(crate) sources: Sources,
    /// The number of messages in a batch.
    pub(crate) batch: Option<u64>,
}

/// An event of a span.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Nanoseconds since the epoch.
    pub(crate) time: u64,
    pub(crate) name: Cow<'static, str>,
    pub(crate) is_exception: bool,
}

/// The traces that a span links to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// The number of different traces.
    pub(crate) traces: usize,
    /// Some of them, in the order of the links.
    pub(crate) named: Vec<TraceId>,
    /// The span of the first link.
    pub(crate) span: Option<SpanId>,
    /// `true` if the SDK has dropped links, so that there may be more traces.
    pub(crate) has_more: bool,
}

impl Details {
    /// Returns the details of a span, and the nanoseconds that its message waited in a queue.
    ///
    /// `failed`: the message of an exception is drawn as that of the span's error.
    pub(crate) fn new(
        attributes: Vec<KeyValue>,
        events: SpanEvents,
        links: &SpanLinks,
        failed: bool,
        parts: Parts,
    ) -> (Self, u64) {
        let mut details = Self::default();
        let mut wait = 0;
        for attribute in attributes {
            match attribute.key.as_str() {
                QUEUE_WAIT if parts.queue_wait => wait = wait_nanoseconds(&attribute.value),
                MESSAGE_COUNT if parts.links => details.batch = message_count(&attribute.value),
                key if !parts.fields || is_no_field(key) => {}
                _ => details.add_field(attribute),
            }
        }
        if parts.events {
            details.add_events(events, failed);
        }
        if parts.links {
            details.sources = Sources::new(links);
        }
        (details, wait)
    }

    fn add_field(&mut self, field: KeyValue) {
        let field = bounded_field(field);
        if let Some(known) = self.fields.iter_mut().find(|known| known.key == field.key) {
            // The last value counts.
            *known = field;
        } else if self.fields.len() < FIELDS {
            self.fields.push(field);
        } else {
            self.has_more_fields = true;
        }
    }

    fn add_events(&mut self, events: SpanEvents, failed: bool) {
        let dropped = usize::try_from(events.dropped_count).unwrap_or(usize::MAX);
        self.event_count = events.len().saturating_add(dropped);
        let marks = events.into_iter().take(EVENTS);
        self.events = marks.map(|event| Mark::new(event, failed)).collect();
        self.events.sort_by_key(|event| event.time);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
            && self.event_count == 0
            && self.sources.traces == 0
            && self.batch.is_none()
    }

    /// Returns about the number of bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let fields = self.fields.iter().map(|field| {
            let value = match &field.value {
                Value::String(text) => text.as_str().len(),
                _ => 0,
            };
            field.key.as_str().len() + value
        });
        let names = self.events.iter().map(|event| event.name.len());
        size_of::<Self>()
            + self.fields.capacity() * size_of::<KeyValue>()
            + self.events.capacity() * size_of::<Mark>()
            + self.sources.named.capacity() * size_of::<TraceId>()
            + fields.sum::<usize>()
            + names.sum::<usize>()
    }
}

impl Mark {
    fn new(event: Event, failed: bool) -> Self {
        let is_exception = event.name == EXCEPTION;
        let message = (is_exception && !failed)
            .then(|| {
                let mut attributes = event.attributes.iter();
                attributes.find(|attribute| attribute.key.as_str() == "exception.message")
            })
            .flatten();
        let name = match message {
            Some(message) => {
                let message = message.value.as_str();
                format!("{EXCEPTION}: {}", prefix(&message, EVENT_BYTES)).into()
            }
            None => bounded(event.name, EVENT_BYTES),
        };
        Self {
            time: nanoseconds(event.timestamp),
            name,
            is_exception,
        }
    }
}

impl Sources {
    fn new(links: &SpanLinks) -> Self {
        let valid = || {
            links
                .iter()
                .map(|link| &link.span_context)
                .filter(|context| context.is_valid())
        };
        let mut named = Vec::new();
        for context in valid() {
            if named.len() == SOURCES {
                break;
            }
            if !named.contains(&context.trace_id()) {
                named.push(context.trace_id());
            }
        }
        let traces = if named.len() < SOURCES {
            named.len()
        } else {
            let mut all: Vec<[u8; 16]> = valid()
                .map(|context| context.trace_id().to_bytes())
                .collect();
            all.sort_unstable();
            all.dedup();
            all.len()
        };
        Self {
            traces,
            named,
            span: valid()
                .next()
                .map(opentelemetry::trace::SpanContext::span_id),
            has_more: links.dropped_count > 0,
        }
    }
}

fn is_no_field(key: &str) -> bool {
    NO_FIELDS.iter().any(|prefix| key.starts_with(prefix)) || NO_FIELDS_OF_TRACING.contains(&key)
}

/// Returns nanoseconds; zero for what is no time.
fn wait_nanoseconds(value: &Value) -> u64 {
    match value {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the conversion saturates, and that of a NaN is zero"
        )]
        Value::F64(seconds) if seconds.is_finite() => (seconds * 1e9) as u64,
        _ => 0,
    }
}

fn message_count(value: &Value) -> Option<u64> {
    match value {
        Value::I64(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// Returns a field that keeps no large memory alive.
fn bounded_field(field: KeyValue) -> KeyValue {
    let key = if field.key.as_str().len() > KEY_BYTES {
        Key::from(prefix(field.key.as_str(), KEY_BYTES).to_owned())
    } else {
        field.key
    };
    let value = match field.value {
        Value::String(text) if text.as_str().len() > VALUE_BYTES => {
            Value::from(prefix(text.as_str(), VALUE_BYTES).to_owned())
        }
        Value::Array(array) => Value::from(array_text(&array)),
        value => value,
    };
    KeyValue::new(key, value)
}

/// Returns `[1,2,3]`, or the beginning of a long array.
fn array_text(array: &Array) -> String {
    match array {
        Array::Bool(items) => list(items),
        Array::I64(items) => list(items),
        Array::F64(items) => list(items),
        Array::String(items) => {
            let shortened = |item: &StringValue| prefix(item.as_str(), VALUE_BYTES).to_owned();
            // Empty items take a byte each, for the comma.
            list(
                &items
                    .iter()
                    .take(VALUE_BYTES + 1)
                    .map(shortened)
                    .collect::<Vec<_>>(),
            )
        }
        _ => "[..]".to_owned(),
    }
}

fn list(items: &[impl Display]) -> String {
    let mut text = String::from("[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        if text.len() > VALUE_BYTES {
            text.push('…');
            break;
        }
        let _ = write!(text, "{item}");
    }
    text.push(']');
    text
}

/// Returns `text`, or its first `bytes` bytes.
pub(crate) fn bounded(text: Cow<'static, str>, bytes: usize) -> Cow<'static, str> {
    match text {
        Cow::Owned(text) if text.len() > bytes => Cow::Owned(prefix(&text, bytes).to_owned()),
        text => text,
    }
}

#[cfg(test)]
mod tests;

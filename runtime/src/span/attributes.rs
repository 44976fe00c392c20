//! The attributes of every worker span, named after OpenTelemetry's semantic conventions.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[cfg(feature = "tracing")]
use opentelemetry::trace::SpanRef;
use opentelemetry::{KeyValue, StringValue, Value};

use super::clock::Monotonic;
use super::metadata::Metadata;

const CODE_FUNCTION_NAME: &str = "code.function.name";
const CODE_FILE_PATH: &str = "code.file.path";
const CODE_LINE_NUMBER: &str = "code.line.number";
const THREAD_ID: &str = "thread.id";
const THREAD_NAME: &str = "thread.name";

/// The seconds that a message waited in its queue. The conventions have no name for it.
const QUEUE_WAIT: &str = "traced_worker.queue.wait";

/// The messages of a batch.
const MESSAGE_COUNT: &str = "messaging.batch.message_count";

/// The keys that the runtime sets when it starts a worker span.
const KEYS: [&str; 7] = [
    THREAD_ID,
    THREAD_NAME,
    CODE_FUNCTION_NAME,
    CODE_FILE_PATH,
    CODE_LINE_NUMBER,
    QUEUE_WAIT,
    MESSAGE_COUNT,
];

/// The keys of [`KEYS`] that a span has.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuntimeKeys(u8);

impl RuntimeKeys {
    pub(super) const NONE: Self = Self(0);

    /// Those of a worker span that was started with its attributes.
    pub(super) const ALL: Self = Self(u8::MAX);

    /// Adds `key`, and returns whether it is new. Returns `None` if it is none of the runtime's.
    pub(super) fn insert(&mut self, key: &str) -> Option<bool> {
        let position = KEYS.iter().position(|known| *known == key)?;
        let bit = 1 << position;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        Some(is_new)
    }
}

/// The number of thread names that are interned. Threads of a pool and of a runtime have few.
const MAX_INTERNED: usize = 1024;

/// The attributes that all spans of one thread share.
#[derive(Clone, Debug)]
pub(crate) struct ThreadAttributes {
    id: i64,
    name: Option<StringValue>,
}

impl ThreadAttributes {
    pub(crate) fn current() -> Self {
        let thread = thread::current();
        // `ThreadId::as_u64` is not stable; its `Debug` is `ThreadId(7)`.
        let id = format!("{:?}", thread.id());
        let digits: String = id.chars().filter(char::is_ascii_digit).collect();
        Self {
            id: digits.parse().unwrap_or_default(),
            name: thread.name().map(interned),
        }
    }

    /// Replaces the attributes if the calling thread is another one.
    pub(crate) fn refresh(&mut self) {
        thread_local! {
            static CURRENT: ThreadAttributes = ThreadAttributes::current();
        }
        let other = CURRENT.try_with(|current| (current.id != self.id).then(|| current.clone()));
        if let Ok(Some(other)) = other {
            *self = other;
        }
    }

    /// Returns the attributes of one span, with room for the fields of a worker.
    pub(crate) fn of_span(
        &self,
        metadata: &Metadata,
        queue_wait: Option<Duration>,
    ) -> Vec<KeyValue> {
        let thread_id = KeyValue::new(THREAD_ID, self.id);
        let code = [
            KeyValue::new(CODE_FUNCTION_NAME, metadata.function()),
            KeyValue::new(CODE_FILE_PATH, metadata.file()),
            KeyValue::new(CODE_LINE_NUMBER, i64::from(metadata.line())),
        ];
        let mut attributes = Vec::with_capacity(8);
        match &self.name {
            Some(name) => {
                let thread_name = KeyValue::new(THREAD_NAME, Value::String(name.clone()));
                attributes.extend([thread_id, thread_name]);
            }
            None => attributes.push(thread_id),
        }
        attributes.extend(code);
        if let Some(queue_wait) = queue_wait {
            attributes.push(KeyValue::new(QUEUE_WAIT, queue_wait.as_secs_f64()));
        }
        attributes
    }
}

/// Returns `name` as a text whose copies count no references. It is never freed, so the number of such
/// texts is limited.
fn interned(name: &str) -> StringValue {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    // In a forked child the lock may be held for ever.
    if let Ok(mut names) = NAMES.try_lock() {
        if let Some(known) = names.get(name) {
            return StringValue::from(*known);
        }
        if names.len() < MAX_INTERNED {
            let leaked: &'static str = Box::leak(Box::from(name));
            names.insert(leaked);
            return StringValue::from(leaked);
        }
    }
    StringValue::from(Arc::<str>::from(name))
}

/// The attributes that the layer of a `tracing` span does not set by itself.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "tracing"),
    expect(dead_code, reason = "there is no layer")
)]
pub(crate) struct LayerAttributes {
    pub(crate) metadata: &'static Metadata,
    pub(crate) dispatched: Option<Monotonic>,
    /// The number of messages of a batch.
    pub(crate) batch: Option<usize>,
}

#[cfg(feature = "tracing")]
impl LayerAttributes {
    /// Sets them on a span that has just started.
    pub(super) fn set_on(&self, span: &SpanRef<'_>) {
        span.set_attribute(KeyValue::new(CODE_FUNCTION_NAME, self.metadata.function()));
        if let Some(dispatched) = self.dispatched {
            let queue_wait = Monotonic::now().since(dispatched);
            span.set_attribute(KeyValue::new(QUEUE_WAIT, queue_wait.as_secs_f64()));
        }
        if let Some(messages) = self.batch {
            span.set_attribute(message_count(messages));
        }
    }
}

/// Returns the number of messages of a batch, as an attribute.
pub(crate) fn message_count(messages: usize) -> KeyValue {
    KeyValue::new(MESSAGE_COUNT, integer(messages))
}

/// Returns a number as an attribute's value.
pub(crate) fn integer(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

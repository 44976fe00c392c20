//! The attributes of every worker span. Their names are those of OpenTelemetry's semantic
//! conventions; the tests compare them with the crate of that name.

use opentelemetry::{KeyValue, StringValue, Value};

use super::description::Description;

const CODE_FUNCTION_NAME: &str = "code.function.name";
const CODE_FILE_PATH: &str = "code.file.path";
const CODE_LINE_NUMBER: &str = "code.line.number";
const THREAD_ID: &str = "thread.id";
const THREAD_NAME: &str = "thread.name";

/// Seconds that the message waited in its queue. The conventions have no name for it.
pub(crate) const QUEUE_WAIT: &str = "traced_worker.queue.wait";

/// What is the same for all spans of one thread.
#[derive(Clone, Debug)]
pub(crate) struct ThreadAttributes {
    id: i64,
    name: Option<StringValue>,
}

impl ThreadAttributes {
    pub(crate) fn current() -> Self {
        let thread = std::thread::current();
        // `ThreadId::as_u64` is not stable; its `Debug` is `ThreadId(7)`.
        let id = format!("{:?}", thread.id());
        let digits: String = id.chars().filter(char::is_ascii_digit).collect();
        Self {
            id: digits.parse().unwrap_or_default(),
            name: thread
                .name()
                .map(|name| StringValue::from(std::sync::Arc::<str>::from(name))),
        }
    }

    /// The attributes of one span; room is left for what the worker adds.
    pub(crate) fn of_span(
        &self,
        description: &Description,
        queue_wait: Option<f64>,
    ) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(8);
        attributes.push(KeyValue::new(THREAD_ID, self.id));
        if let Some(name) = &self.name {
            attributes.push(KeyValue::new(THREAD_NAME, Value::String(name.clone())));
        }
        attributes.push(KeyValue::new(CODE_FUNCTION_NAME, description.function()));
        attributes.push(KeyValue::new(CODE_FILE_PATH, description.file()));
        attributes.push(KeyValue::new(
            CODE_LINE_NUMBER,
            i64::from(description.line()),
        ));
        if let Some(seconds) = queue_wait {
            attributes.push(KeyValue::new(QUEUE_WAIT, seconds));
        }
        attributes
    }
}

//! The span of a running worker, as generated code sees it.

use opentelemetry::trace::{SpanRef, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

/// The worker span of the message that is being run, to record fields on.
#[derive(Debug)]
pub struct WorkerSpan<'a> {
    context: Option<&'a Context>,
}

impl<'a> WorkerSpan<'a> {
    /// The span of `context`, which records.
    pub(crate) fn recording(context: &'a Context) -> Self {
        Self {
            context: Some(context),
        }
    }

    /// No span that records.
    pub(crate) fn silent() -> Self {
        Self { context: None }
    }

    /// Whether anything that is recorded will be seen.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.context.is_some()
    }

    /// Records one field; nothing happens where the span does not record.
    pub fn field(&self, key: &'static str, value: Value) {
        if let Some(span) = self.span() {
            span.set_attribute(KeyValue::new(key, value));
        }
    }

    pub(crate) fn span(&self) -> Option<SpanRef<'a>> {
        self.context.map(|context| context.span())
    }
}

//! The worker span, as generated code sees it.

use std::panic::{self, AssertUnwindSafe};

use opentelemetry::trace::{SpanRef, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

/// The value of a field whose evaluation panicked.
const PANICKED: &str = "(its evaluation panicked)";

/// The worker span of the message that is run.
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

    /// A span that does not record.
    pub(crate) fn non_recording() -> Self {
        Self { context: None }
    }

    /// Returns whether the span records.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.context.is_some()
    }

    /// Records one field, if the span records.
    ///
    /// A panic of `value` is caught, and a text that says so is recorded: a field never decides
    /// whether the worker runs.
    pub fn record(&self, key: &'static str, value: impl FnOnce() -> Value) {
        if self.is_recording() {
            let mut value = Some(value);
            self.record_caught(key, &mut || value.take().map(|value| value()));
        }
    }

    /// Not generic, so that a program with many fields has it once.
    fn record_caught(&self, key: &'static str, value: &mut dyn FnMut() -> Option<Value>) {
        let value = panic::catch_unwind(AssertUnwindSafe(value))
            // A payload may panic when it is dropped.
            .map_err(std::mem::forget)
            .unwrap_or_else(|()| Some(Value::from(PANICKED)));
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    pub(super) fn set(&self, key: &'static str, value: Value) {
        if let Some(span) = self.span() {
            span.set_attribute(KeyValue::new(key, value));
        }
    }

    pub(crate) fn span(&self) -> Option<SpanRef<'a>> {
        self.context.map(|context| context.span())
    }
}

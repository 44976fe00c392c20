//! The worker span, as generated code sees it.

use opentelemetry::trace::{SpanRef, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

use super::failure::Failure;
use super::record::{self, Sighting};
use super::tracing_span::TracingScope;
use crate::unwind;

/// The value of a field whose evaluation panicked.
const PANICKED: &str = "(its evaluation panicked)";

/// The worker span of the message that is run.
#[derive(Debug)]
pub struct WorkerSpan<'a> {
    /// Holds the OpenTelemetry span, if that records.
    context: Option<&'a Context>,
    /// The span of `tracing`, if the worker span is one that is enabled.
    tracing: Option<&'a TracingScope>,
}

impl<'a> WorkerSpan<'a> {
    /// A span that records if it has a `context`, or a span of `tracing`.
    pub(crate) fn new(context: Option<&'a Context>, tracing: Option<&'a TracingScope>) -> Self {
        let tracing = tracing.filter(|scope| scope.is_enabled());
        Self { context, tracing }
    }

    /// Returns whether the span records.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.context.is_some() || self.tracing.is_some()
    }

    /// Records one field, if the span records.
    ///
    /// A panic of `value` is caught, and a text that says so is recorded: a field never decides
    /// whether the worker runs.
    pub fn record(&self, key: &'static str, value: impl FnOnce() -> Value) {
        self.record_value(key, value, false);
    }

    /// Records one field whose value is formatted, as [`record`](Self::record) does.
    pub fn record_formatted(&self, key: &'static str, value: impl FnOnce() -> Value) {
        self.record_value(key, value, true);
    }

    fn record_value(&self, key: &'static str, value: impl FnOnce() -> Value, is_formatted: bool) {
        if self.is_recording() {
            let mut value = Some(value);
            self.record_caught(key, &mut || value.take().map(|value| value()), is_formatted);
        }
    }

    /// Not generic, so that a program with many fields has it once.
    fn record_caught(
        &self,
        key: &'static str,
        value: &mut dyn FnMut() -> Option<Value>,
        is_formatted: bool,
    ) {
        let value = unwind::catch(value).unwrap_or_else(|_| Some(Value::from(PANICKED)));
        match (value, self.tracing, self.span()) {
            (None, ..) | (_, None, None) => {}
            (Some(value), Some(tracing), _) => tracing.record(key, &value, is_formatted),
            (Some(value), None, Some(span)) => span.set_attribute(KeyValue::new(key, value)),
        }
    }

    /// Records the returned value.
    pub(super) fn record_return(&self, key: &'static str, value: Value) {
        match (self.tracing, self.span()) {
            (Some(tracing), _) => tracing.record_return(&value),
            (None, Some(span)) => span.set_attribute(KeyValue::new(key, value)),
            (None, None) => {}
        }
    }

    /// Records an error that the worker returned.
    pub(crate) fn record_failure(&self, failure: &Failure<'_>) {
        let Some(tracing) = self.tracing else {
            if let Some(span) = self.span() {
                record::record_failure(&span, failure, Sighting::First);
            }
            return;
        };
        let message = failure.message().unwrap_or_default();
        let has_event = tracing.record_error(&message);
        match self.span() {
            Some(span) if has_event => record::set_error(&span, failure.error_type(), message),
            Some(span) => record::record_failure(&span, failure, Sighting::First),
            None => {}
        }
    }

    pub(crate) fn span(&self) -> Option<SpanRef<'a>> {
        self.context.map(|context| context.span())
    }
}

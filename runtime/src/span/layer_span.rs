//! The OpenTelemetry span that a layer has for a span of `tracing`.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{Span, SpanContext, Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};

/// The OpenTelemetry span that a layer has for a span of `tracing`. The layer ends it.
#[derive(Debug)]
pub(super) struct LayerSpan {
    context: Context,
    span_context: SpanContext,
}

impl LayerSpan {
    /// `context` holds the span.
    pub(super) fn new(context: Context) -> Self {
        Self {
            span_context: context.span().span_context().clone(),
            context,
        }
    }
}

impl Span for LayerSpan {
    fn add_event_with_timestamp<T>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) where
        T: Into<Cow<'static, str>>,
    {
        let span = self.context.span();
        span.add_event_with_timestamp(name, timestamp, attributes);
    }

    fn span_context(&self) -> &SpanContext {
        &self.span_context
    }

    fn is_recording(&self) -> bool {
        self.context.span().is_recording()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        self.context.span().set_attribute(attribute);
    }

    fn set_status(&mut self, status: Status) {
        self.context.span().set_status(status);
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        // As if it were a `String`: the method is not generic over what a name can be.
        let name: Cow<'static, str> = new_name.into();
        self.context.span().update_name(name);
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.context.span().add_link(span_context, attributes);
    }

    fn end_with_timestamp(&mut self, _: SystemTime) {}
}

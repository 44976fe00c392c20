//! The current `tracing` span, where OpenTelemetry's current context does not have it.
//!
//! tracing-opentelemetry makes the context of a span current when the span is entered, but not with
//! `with_context_activation(false)`. The context is then found through the `tracing` span.

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::{SpanId, TraceContextExt as _};
use tracing::{Span, dispatcher};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Which of a context and the current `tracing` span is the inner one.
pub(super) enum Inner {
    Context,
    TracingSpan,
    /// The `tracing` span, unless it is the one with this id.
    OtherTracingSpan(Option<tracing::Id>),
}

impl Inner {
    /// Compares `context`, which is current. Runs no foreign code.
    pub(super) fn of(context: &Context) -> Self {
        if !dispatcher::has_been_set() {
            return Self::Context;
        }
        let span = context.span();
        let span_context = span.span_context();
        match context.get::<AttachedInside>() {
            Some(attached) if attached.span_id == span_context.span_id() => {
                Self::OtherTracingSpan(attached.tracing_span.clone())
            }
            _ if span_context.is_valid() => Self::Context,
            _ => Self::TracingSpan,
        }
    }

    /// Returns `true` if there is no `tracing` span to look for.
    pub(super) fn is_context(&self) -> bool {
        matches!(self, Self::Context)
    }

    /// Returns the context of the current `tracing` span, if that is the inner one and has a span of
    /// OpenTelemetry, with what only the current context has. Starts that span if need be. Runs
    /// foreign code.
    ///
    /// It must not be called by a sampler, nor by a processor at the start of a root: that runs while
    /// tracing-opentelemetry holds the lock of the `tracing` span.
    pub(super) fn tracing_context(self) -> Option<Context> {
        let known = match self {
            Self::Context => return None,
            Self::TracingSpan => None,
            Self::OtherTracingSpan(known) => Some(known),
        };
        let span = Span::current();
        if span.is_none() || known.is_some_and(|known| known == span.id()) {
            return None;
        }
        let context = span.context();
        let is_valid = context.span().span_context().is_valid();
        is_valid.then(|| with_values_of(&Context::current(), context))
    }
}

/// Kept in a context that was attached while a `tracing` span was current, and without which one could
/// not tell which of the two is the inner one.
struct AttachedInside {
    /// The span of the context. Contexts of spans that are started under it inherit this value.
    span_id: SpanId,
    tracing_span: Option<tracing::Id>,
}

/// Returns `context`, to be attached now, as the inner one until another `tracing` span is entered.
pub(crate) fn inside_current(context: Context) -> Context {
    if !dispatcher::has_been_set() {
        return context;
    }
    let Some(id) = Span::current().id() else {
        return context;
    };
    let span_id = context.span().span_context().span_id();
    context.with_value(AttachedInside {
        span_id,
        tracing_span: Some(id),
    })
}

/// Returns `context` with the baggage of `current`, and suppressed if that is.
fn with_values_of(current: &Context, mut context: Context) -> Context {
    let baggage = current.baggage();
    if !baggage.is_empty() {
        let members = baggage.iter().map(|(key, (value, metadata))| {
            KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
        });
        context = context.with_baggage(members.collect::<Vec<_>>());
    }
    if current.is_telemetry_suppressed() {
        context = context.with_telemetry_suppressed();
    }
    context
}

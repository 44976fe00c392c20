//! The current `tracing` span, where OpenTelemetry's current context does not have it.
//!
//! tracing-opentelemetry makes the context of a span current when the span is entered, but not with
//! `with_context_activation(false)`. The context is then found through the `tracing` span.

use std::ptr;

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::{SpanId, TraceContextExt as _};
use tracing::{Dispatch, Id, Span, dispatcher};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

/// Which of a context and the current `tracing` span is the inner one.
pub(super) enum Inner {
    Context,
    TracingSpan,
    /// The `tracing` span, unless it is this one.
    OtherTracingSpan(EnteredSpan),
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
    /// OpenTelemetry, with what only the current context has. Of a span that has none, because a filter
    /// keeps it from the layer, it is that of the nearest ancestor that has one. Starts that span if
    /// need be. Runs foreign code.
    ///
    /// It must not be called by a sampler, nor by a processor at the start of a root: that runs while
    /// tracing-opentelemetry holds the lock of the `tracing` span.
    pub(super) fn tracing_context(self) -> Option<Context> {
        let outer = match self {
            Self::Context => return None,
            Self::TracingSpan => None,
            Self::OtherTracingSpan(outer) => Some(outer),
        };
        // Held, because it keeps its ancestors open while foreign code runs.
        let span = Span::current();
        let context = span
            .with_subscriber(|(id, dispatch)| nearest_context(id, dispatch, outer.as_ref()))
            .flatten()?;
        let is_valid = context.span().span_context().is_valid();
        is_valid.then(|| with_values_of(&Context::current(), context))
    }
}

/// A span that is entered, and the registry that it is of: each registry has a span 1.
#[derive(Clone)]
pub(super) struct EnteredSpan {
    id: Id,
    /// Its address, which is compared and never followed; 0 if the subscriber is another one.
    registry: usize,
}

impl EnteredSpan {
    /// Returns the innermost one of this thread.
    fn current() -> Option<Self> {
        dispatcher::get_default(|dispatch| {
            let id = dispatch.current_span().id()?.clone();
            let registry = address(dispatch);
            Some(Self { id, registry })
        })
    }

    /// Returns its id in the registry of `dispatch`; `None` if it is of another one.
    fn id_in(&self, dispatch: &Dispatch) -> Option<&Id> {
        (self.registry == address(dispatch)).then_some(&self.id)
    }
}

fn address(dispatch: &Dispatch) -> usize {
    let registry = dispatch.downcast_ref::<Registry>();
    registry.map_or(0, |registry| ptr::from_ref(registry).addr())
}

/// Returns the context of span `id`, or of its nearest ancestor that has one, inside of `outer`.
///
/// Starting a span runs foreign code, so no lock of the registry is held.
fn nearest_context(id: &Id, dispatch: &Dispatch, outer: Option<&EnteredSpan>) -> Option<Context> {
    let outer = outer.and_then(|outer| outer.id_in(dispatch));
    if outer == Some(id) {
        return None;
    }
    get_otel_context(id, dispatch).or_else(|| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let ancestors = registry.span(id)?.scope().skip(1).map(|span| span.id());
        ancestors
            .take_while(|id| outer != Some(id))
            .find_map(|id| get_otel_context(&id, dispatch))
    })
}

/// Kept in a context that was attached while a `tracing` span was current, and without which one could
/// not tell which of the two is the inner one.
struct AttachedInside {
    /// The span of the context. Contexts of spans that are started under it inherit this value.
    span_id: SpanId,
    tracing_span: EnteredSpan,
}

/// Returns `context`, to be attached now, as the inner one until another `tracing` span is entered.
pub(crate) fn inside_current(context: Context) -> Context {
    if !dispatcher::has_been_set() {
        return context;
    }
    let Some(tracing_span) = EnteredSpan::current() else {
        return context;
    };
    let span_id = context.span().span_context().span_id();
    context.with_value(AttachedInside {
        span_id,
        tracing_span,
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

//! From a context to a carrier and back.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use opentelemetry::baggage::BaggageExt as _;
#[cfg(feature = "tracing")]
use opentelemetry::trace::SpanId;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceId, TraceState};
use opentelemetry::{Context, ContextGuard};

use super::tracing_span::{self, Inner};
use super::{Carrier, OptionalFields, baggage, custom, traceparent, tracestate};

thread_local! {
    static LOCALS: Locals = const { Locals };
}

/// A local with a destructor, as OpenTelemetry's has: it is inaccessible once that has run.
struct Locals;

impl Drop for Locals {
    fn drop(&mut self) {}
}

/// Calls `access`, which uses OpenTelemetry's thread-local; returns `None` if that is gone.
///
/// OpenTelemetry panics then, and a panic in a thread-local's destructor aborts the process. Which
/// of two locals goes first is not known, so the panic is caught where [`LOCALS`] is still there.
pub(crate) fn with_locals<R>(access: impl FnOnce() -> R) -> Option<R> {
    LOCALS.try_with(|_| ()).ok()?;
    panic::catch_unwind(AssertUnwindSafe(access)).ok()
}

/// Calls `read` with the current context; returns `None` in a destructor of a thread-local where
/// there is none any more. `read` must run no foreign code.
pub(super) fn map_current<R>(read: impl FnOnce(&Context) -> R) -> Option<R> {
    with_locals(|| Context::map_current(read))
}

/// Returns the context that [`Carrier::current`] injects; an empty one in a destructor of a
/// thread-local where there is none any more.
pub(crate) fn current() -> Context {
    let current = attached();
    of_tracing_span(Inner::of(&current)).unwrap_or(current)
}

/// Returns the context that is attached to this thread; an empty one where [`attach`] attaches none.
pub(crate) fn attached() -> Context {
    try_attached().unwrap_or_default()
}

/// Returns the context that is attached to this thread; `None` where [`attach`] attaches none.
pub(crate) fn try_attached() -> Option<Context> {
    with_locals(Context::current)
}

/// Returns the context of the current `tracing` span, if that is the inner one.
pub(super) fn of_tracing_span(inner: Inner) -> Option<Context> {
    if inner.is_context() {
        return None;
    }
    with_locals(|| inner.tracing_context()).flatten()
}

/// Returns the id of the span of the context that is attached to this thread.
#[cfg(feature = "tracing")]
pub(crate) fn attached_span_id() -> SpanId {
    let span_id = |context: &Context| context.span().span_context().span_id();
    map_current(span_id).unwrap_or(SpanId::INVALID)
}

/// Attaches `context`; returns `None` in a destructor of a thread-local where that is impossible.
pub(crate) fn attach(context: Context) -> Option<ContextGuard> {
    with_locals(|| context.attach())
}

/// Attaches `context`. Until another `tracing` span is entered, [`current`] returns it, even if it has
/// no span. Returns `None` where [`attach`] does.
pub(crate) fn attach_innermost(context: Context) -> Option<ContextGuard> {
    with_locals(|| tracing_span::inside_current(context).attach())
}

/// Attaches the context of the `tracing` span that was entered last, as [`attach_innermost`] does.
///
/// If entering it has made its context current, entering another one will, too: then the context
/// needs no mark, which costs an allocation.
pub(crate) fn attach_of_entered(context: Context) -> Option<ContextGuard> {
    let span_id = |context: &Context| context.span().span_context().span_id();
    let entered = span_id(&context);
    if Context::map_current(|current| span_id(current) == entered) {
        Some(context.attach())
    } else {
        attach_innermost(context)
    }
}

/// Returns `context` with the ids of its span in place of the span itself, which it would keep open.
pub(crate) fn without_live_span(context: &Context) -> Context {
    let span_context = context.span().span_context().clone();
    if span_context.is_valid() {
        context.with_remote_span_context(span_context)
    } else {
        context.clone()
    }
}

/// Returns whether `context` has more to carry than ids and flags. Runs no foreign code.
pub(super) fn has_optional(context: &Context) -> bool {
    let has_trace_state = {
        let span = context.span();
        span.span_context().trace_state() != &TraceState::NONE
    };
    has_trace_state || !context.baggage().is_empty() || context.get::<BeyondSpanContext>().is_some()
}

impl Carrier {
    /// Injects ids, flags and marks: plain data. Allocates nothing, runs no foreign code.
    pub(super) fn of_span(context: &Context) -> Self {
        let mut carrier = Self::new();
        carrier.suppressed = context.is_telemetry_suppressed();
        let span = context.span();
        let span_context = span.span_context();
        if span_context.is_valid() {
            carrier.set_span(
                u128::from_be_bytes(span_context.trace_id().to_bytes()),
                u64::from_be_bytes(span_context.span_id().to_bytes()),
                traceparent::known_flags(span_context.trace_flags().to_u8()),
                span_context.is_remote(),
            );
        }
        carrier
    }

    /// Injects tracestate, baggage and custom fields, and the random flag that a span lost.
    pub(super) fn inject_optional(&mut self, context: &Context) {
        let mut fields = OptionalFields::default();
        if self.has_span() {
            let beyond = context
                .get::<BeyondSpanContext>()
                .filter(|beyond| beyond.trace_id == self.trace_id());
            if beyond.is_some_and(|beyond| beyond.is_random) {
                self.flags |= traceparent::RANDOM;
            }
            let unparsed = beyond.and_then(|beyond| beyond.trace_state.as_deref());
            let span = context.span();
            fields.trace_state = tracestate::encode(span.span_context().trace_state(), unparsed);
        }
        fields.baggage = baggage::encode(context.baggage());
        fields.custom = custom::inject(context);
        self.set_optional(fields);
    }

    /// Extracts ids and flags.
    pub(super) fn extract_span(&self) -> Context {
        if self.has_span() {
            Context::new().with_remote_span_context(self.span_context(TraceState::NONE))
        } else {
            Context::new()
        }
    }

    /// Extracts everything.
    #[inline(never)]
    pub(super) fn extract_optional(&self) -> Context {
        let text = self.tracestate();
        let (trace_state, unparsed) = text.map_or_else(Default::default, tracestate::decode);
        let mut context = self.extract_baggage();
        if self.has_span() && (unparsed.is_some() || self.is_random()) {
            context = context.with_value(BeyondSpanContext {
                trace_id: self.trace_id(),
                is_random: self.is_random(),
                trace_state: unparsed,
            });
        }
        context = self.extract_custom(context);
        if self.has_span() {
            // Last, so that a custom propagator that read the same span from its own field does
            // not make it remote, nor cost it its tracestate.
            context = context.with_remote_span_context(self.span_context(trace_state));
        }
        context
    }

    /// Extracts everything but the span, for a worker span that begins a trace of its own. Not
    /// even an invalid span may be in its context, because samplers take that for a parent.
    pub(crate) fn extract_without_span(&self) -> Context {
        let context = self.extract_baggage();
        let custom = self.extract_custom(context.clone());
        if custom.has_active_span() {
            context
        } else {
            custom
        }
    }

    /// Extracts the span context alone, with its tracestate; `None` without a span.
    pub(crate) fn extract_span_context(&self) -> Option<SpanContext> {
        let trace_state = || {
            self.tracestate()
                .map_or(TraceState::NONE, |text| tracestate::decode(text).0)
        };
        self.has_span().then(|| self.span_context(trace_state()))
    }

    /// Returns the current context with the carrier's baggage, if its span is that of the carrier.
    pub(crate) fn in_current_span(&self) -> Option<Context> {
        let context = with_locals(Context::current)?;
        let current = Self::of_span(&context);
        let ids = |carrier: &Self| (carrier.trace_id, carrier.span_id);
        if !self.has_span() || ids(&current) != ids(self) {
            return None;
        }
        let context = match self.baggage() {
            None if context.baggage().is_empty() => context,
            None => context.with_cleared_baggage(),
            Some(text) => context.with_baggage(baggage::decode(text)),
        };
        Some(if self.suppressed && !current.suppressed {
            context.with_telemetry_suppressed()
        } else {
            context
        })
    }

    fn span_context(&self, trace_state: TraceState) -> SpanContext {
        SpanContext::new(
            self.trace_id(),
            self.span_id(),
            self.trace_flags(),
            self.remote,
            trace_state,
        )
    }

    fn extract_baggage(&self) -> Context {
        let mut context = Context::new();
        if self.suppressed {
            context = context.with_telemetry_suppressed();
        }
        if let Some(text) = self.baggage() {
            context = context.with_baggage(baggage::decode(text));
        }
        context
    }

    fn extract_custom(&self, context: Context) -> Context {
        match &self.optional {
            Some(fields) if !fields.custom.is_empty() => custom::extract(&context, &fields.custom),
            _ => context,
        }
    }
}

/// The parts of a trace that [`SpanContext`] cannot hold, kept in an extracted context beside the
/// span and inherited by the contexts of the spans started under it.
///
/// The SDK clears the random flag of a span that its sampler drops, and [`TraceState`] cannot hold
/// every tracestate that the specification allows. Both must still be sent on while the trace is
/// the same, so a span of another trace does not get them.
#[derive(Debug)]
struct BeyondSpanContext {
    trace_id: TraceId,
    is_random: bool,
    /// The text of a tracestate that [`TraceState`] cannot hold.
    trace_state: Option<Arc<str>>,
}

/// Caches the context that was extracted last, for the carriers after it that hold the same.
///
/// Messages dispatched under one span often follow each other, and a context costs an allocation.
/// Only carriers without optional fields are cached: a custom propagator may read the same fields
/// differently the next time.
#[derive(Debug, Default)]
pub(crate) struct ContextCache {
    carrier: Option<Carrier>,
    context: Context,
}

impl ContextCache {
    /// Returns what [`Carrier::extract`] returns.
    pub(crate) fn extract(&mut self, carrier: &Carrier) -> &Context {
        let is_cached = carrier.optional.is_none() && self.carrier.as_ref() == Some(carrier);
        if !is_cached {
            self.context = carrier.extract();
            self.carrier = carrier.optional.is_none().then(|| carrier.clone());
        }
        &self.context
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::trace::{
        SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    };
    use opentelemetry::{Context, KeyValue};

    use super::ContextCache;
    use crate::carrier::Carrier;

    fn context(trace_id: u128, span_id: u64, flags: u8, remote: bool) -> Context {
        Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::new(flags),
            remote,
            TraceState::NONE,
        ))
    }

    #[test]
    fn the_cache_returns_what_the_carrier_extracts_after_any_other() {
        let plain = context(1, 2, 1, false);
        let contexts = [
            plain.clone(),
            context(9, 2, 1, false),
            context(1, 9, 1, false),
            context(1, 2, 0, false),
            context(1, 2, 3, false),
            context(1, 2, 1, true),
            plain.with_telemetry_suppressed(),
            plain.with_baggage([KeyValue::new("tenant", "blue")]),
            plain.with_baggage([KeyValue::new("tenant", "green")]),
            Context::new().with_baggage([KeyValue::new("tenant", "red")]),
            Context::new(),
        ];
        let mut cache = ContextCache::default();
        let pairs = contexts
            .iter()
            .flat_map(|one| contexts.iter().map(move |two| [one, two]));
        for context in pairs.flatten() {
            let carrier = Carrier::inject(context);
            let (cached, alone) = (cache.extract(&carrier), carrier.extract());
            assert_eq!(cached.span().span_context(), alone.span().span_context());
            assert_eq!(
                cached.is_telemetry_suppressed(),
                alone.is_telemetry_suppressed()
            );
            let tenant = |context: &Context| context.baggage().get("tenant").cloned();
            assert_eq!(tenant(cached), tenant(&alone));
            assert_eq!(cached.has_active_span(), alone.has_active_span());
        }
    }

    #[test]
    fn the_cache_extracts_equal_carriers_once() {
        let context = context(1, 2, 1, false).with_baggage([KeyValue::new("tenant", "blue")]);
        let plain = Carrier::inject(&context.with_baggage([] as [KeyValue; 0]));
        let mut cache = ContextCache::default();
        cache.extract(&plain);
        assert_eq!(cache.carrier, Some(plain));
        cache.extract(&Carrier::inject(&context));
        assert_eq!(cache.carrier, None, "baggage is extracted each time");
    }
}

//! From a context to a carrier and back: what [`Carrier::inject`] and [`Carrier::extract`] do.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState};

use super::extra::Extra;
use super::memory::Memory;
use super::{Carrier, baggage, custom, traceparent, tracestate};

impl Carrier {
    /// Ids, flags and marks: plain data, nothing allocated, no foreign code.
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

    /// Tracestate, baggage, what only the memory of the trace still knows, and custom fields.
    pub(super) fn inject_extra(&mut self, context: &Context) {
        let mut extra = Extra::default();
        if self.has_span() {
            let memory = context
                .get::<Memory>()
                .filter(|memory| memory.is_of(self.trace_id()));
            if memory.is_some_and(Memory::is_random) {
                self.flags |= traceparent::RANDOM;
            }
            let opaque = memory.and_then(Memory::opaque_trace_state);
            let span = context.span();
            extra.trace_state = tracestate::encode(span.span_context().trace_state(), opaque);
        }
        extra.baggage = baggage::encode(context.baggage());
        extra.fields = custom::inject(context);
        self.set_extra(extra);
    }

    pub(super) fn span_context(&self, trace_state: TraceState) -> SpanContext {
        SpanContext::new(
            self.trace_id(),
            self.span_id(),
            self.trace_flags(),
            self.remote,
            trace_state,
        )
    }

    /// The span context alone, tracestate and all, if there was a span.
    pub(crate) fn extract_span_context(&self) -> Option<SpanContext> {
        if !self.has_span() {
            return None;
        }
        if self.extra.get().is_none() {
            return Some(self.span_context(TraceState::NONE));
        }
        Some(self.extract().span().span_context().clone())
    }

    /// The context of a carrier that has more than ids and flags.
    #[inline(never)]
    pub(super) fn extract_extra(&self) -> Context {
        let extra = self.extra.get();
        let text = extra.and_then(Extra::trace_state);
        let (trace_state, opaque_trace_state) =
            text.map_or_else(Default::default, tracestate::decode);
        let mut context = self.extract_baggage();
        if self.has_span() && (opaque_trace_state.is_some() || self.is_random()) {
            let memory = Memory::new(self.trace_id(), self.is_random(), opaque_trace_state);
            context = context.with_value(memory);
        }
        context = self.extract_custom(context);
        if self.has_span() {
            // Last, so that a custom propagator that read the same span from its own field does
            // not make it remote, nor cost it its tracestate.
            context = context.with_remote_span_context(self.span_context(trace_state));
        }
        context
    }

    /// What was injected but the span, for one that begins a trace of its own: not even an
    /// invalid span may be in its context, because samplers take that for a parent.
    pub(crate) fn extract_without_span(&self) -> Context {
        let context = self.extract_baggage();
        let custom = self.extract_custom(context.clone());
        if custom.has_active_span() {
            context
        } else {
            custom
        }
    }

    fn extract_baggage(&self) -> Context {
        let mut context = Context::new();
        if self.suppressed {
            context = context.with_telemetry_suppressed();
        }
        if let Some(text) = self.extra.get().and_then(Extra::baggage) {
            context = context.with_baggage(baggage::decode(text));
        }
        context
    }

    fn extract_custom(&self, context: Context) -> Context {
        match self.extra.get() {
            Some(extra) if !extra.fields.is_empty() => custom::extract(&context, &extra.fields),
            _ => context,
        }
    }
}

/// Whether the ids and flags are not all that there is to carry.
pub(super) fn needs_context(context: &Context) -> bool {
    let has_trace_state = {
        let span = context.span();
        span.span_context().trace_state() != &TraceState::NONE
    };
    has_trace_state || !context.baggage().is_empty() || context.get::<Memory>().is_some()
}

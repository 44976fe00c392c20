//! What OpenTelemetry's own types forget of a trace, remembered in the context.

use std::sync::Arc;

use opentelemetry::trace::TraceId;

/// Kept in an extracted context beside its span, and inherited by the contexts of the spans
/// started under it.
///
/// The SDK clears the random flag of a span that its sampler drops, and `TraceState` cannot hold
/// every tracestate that the specification allows. Both must still be sent on while the trace is
/// the same, so a span of another trace does not get them.
#[derive(Debug)]
pub(super) struct Memory {
    trace_id: TraceId,
    random: bool,
    opaque_trace_state: Option<Arc<str>>,
}

impl Memory {
    pub(super) fn new(
        trace_id: TraceId,
        random: bool,
        opaque_trace_state: Option<Arc<str>>,
    ) -> Self {
        Self {
            trace_id,
            random,
            opaque_trace_state,
        }
    }

    pub(super) fn is_of(&self, trace_id: TraceId) -> bool {
        self.trace_id == trace_id
    }

    pub(super) fn is_random(&self) -> bool {
        self.random
    }

    pub(super) fn opaque_trace_state(&self) -> Option<&str> {
        self.opaque_trace_state.as_deref()
    }
}

//! Contexts with a span context and no span, for tests that need no provider to make one.

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};

/// Returns a context whose span context came from another process.
#[must_use]
pub fn remote_context(trace_id: u128, span_id: u64, flags: TraceFlags) -> Context {
    context(trace_id, span_id, flags, true)
}

/// Returns a context whose span context is that of a span of this process.
#[must_use]
pub fn local_context(trace_id: u128, span_id: u64, flags: TraceFlags) -> Context {
    context(trace_id, span_id, flags, false)
}

fn context(trace_id: u128, span_id: u64, flags: TraceFlags, is_remote: bool) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(span_id),
        flags,
        is_remote,
        TraceState::NONE,
    ))
}

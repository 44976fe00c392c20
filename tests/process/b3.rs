//! A published crate's B3 propagator as the global one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    deprecated,
    reason = "the crate is for its exporter; no other has B3 for this version"
)]

use opentelemetry::Context;
use opentelemetry::global;
use opentelemetry::propagation::TextMapCompositePropagator;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceId};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_zipkin::{B3Encoding, Propagator};
use traced_worker::{Carrier, traced_worker};

#[traced_worker]
fn look() -> Context {
    Context::current()
}

#[test]
fn b3_is_read_written_and_carried() {
    global::set_text_map_propagator(TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(Propagator::with_encoding(B3Encoding::SingleHeader)),
    ]));
    let b3 = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1";
    let carrier = Carrier::from_headers([("B3", b3), ("x-other", "ignored")]);
    assert!(!carrier.has_span(), "W3C's own is not there");
    let context = carrier.extract();
    let span = context.span();
    let trace_id = TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
    assert_eq!(span.span_context().trace_id(), trace_id);
    assert_eq!(
        span.span_context().span_id(),
        SpanId::from(0x00f0_67aa_0ba9_02b7)
    );

    let pool = look::pool().threads(1).start().unwrap();
    let guard = context.clone().attach();
    let seen = pool.dispatch(()).unwrap().wait().unwrap();
    drop(guard);
    assert_eq!(seen.span().span_context().trace_id(), trace_id);
    let sent = Carrier::inject(&context);
    let headers = sent.headers();
    let names: Vec<_> = headers.iter().map(|(name, _)| name).collect();
    assert_eq!(names[..2], ["traceparent", "b3"]);
    assert_eq!(headers.iter().nth(1), Some(("b3", b3)));
}

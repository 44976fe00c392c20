//! Allocations, counted.

use allocation_counter::measure;
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use traced_worker::{Carrier, Traced};

fn count<R>(work: impl FnOnce() -> R) -> u64 {
    measure(|| drop(std::hint::black_box(work()))).count_total
}

#[test]
fn inject_and_headers_allocate_nothing_and_extract_once() {
    assert_eq!(count(|| Box::new(1)), 1, "the count counts");
    let context = Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    ));
    let _guard = context.clone().attach();
    // What the thread and the process allocate once.
    drop(Carrier::current().extract());

    assert_eq!(count(Carrier::current), 0);
    assert_eq!(count(|| Carrier::inject(&context)), 0);
    assert_eq!(count(|| Traced::new(7)), 0);
    let carrier = Carrier::current();
    assert_eq!(count(|| carrier.extract()), 1);
    assert_eq!(count(|| carrier.clone()), 0);
    assert_eq!(count(|| Carrier::new().extract()), 0);
    let length = || -> usize {
        let headers = carrier.headers();
        headers
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum()
    };
    assert_eq!(count(length), 0);
    assert_eq!(length(), "traceparent".len() + 55);
}

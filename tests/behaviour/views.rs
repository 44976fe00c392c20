//! Views of a pool: a context or a relation in place of the dispatch's own; messages with a carrier.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceFlags, TraceId, Tracer as _};
use opentelemetry::{Context, KeyValue};
use pollster::block_on;
use traced_worker::{Carrier, Pool, SpanRelation, Traced, traced_worker};
use traced_worker_tests::{Recorder, local_context, remote_context};

/// Returns what it sees of its context: the trace, and the number of baggage entries.
#[traced_worker]
fn look() -> (TraceId, usize) {
    let context = Context::current();
    let trace_id = context.span().span_context().trace_id();
    (trace_id, context.baggage().len())
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn dispatch_traced_keeps_the_carrier_of_the_message() {
    let recorder = Recorder::new();
    let pool = recorder.pool(look::pool());
    let headers = [("traceparent", PARENT), ("baggage", "tenant=blue")];
    let carrier = Carrier::from_headers(headers);
    let (trace_id, baggage) = recorder.tracer().in_span("not the parent", |_| {
        let traced = Traced::from_parts((), carrier);
        pool.dispatch_traced(traced).unwrap().wait().unwrap()
    });
    assert_eq!(
        trace_id,
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736)
    );
    assert_eq!(baggage, 1);
    let span = recorder.only("look");
    assert_eq!(span.parent_span_id, SpanId::from(0x00f0_67aa_0ba9_02b7));
    assert!(span.parent_span_is_remote);
}

#[test]
fn dispatch_traced_hands_message_and_carrier_back() {
    let pool = look::pool().threads(1).start().unwrap();
    pool.shutdown(Duration::MAX);
    let carrier = Carrier::from_headers([("traceparent", PARENT)]);
    let traced = Traced::from_parts((), carrier.clone());
    let error = pool.dispatch_traced(traced).unwrap_err();
    assert_eq!(error.into_message().carrier(), &carrier);
}

/// Every way to dispatch one message, with its output if there is one.
type Dispatch = fn(&traced_worker::Dispatcher<'_, look>);
const WAYS: [Dispatch; 8] = [
    |view| drop(view.dispatch(()).unwrap()),
    |view| drop(view.try_dispatch(()).unwrap()),
    |view| drop(view.dispatch_timeout((), Duration::MAX).unwrap()),
    |view| drop(block_on(view.dispatch_async(())).unwrap()),
    |view| view.send(()).unwrap(),
    |view| view.try_send(()).unwrap(),
    |view| view.send_timeout((), Duration::MAX).unwrap(),
    |view| block_on(view.send_async(())).unwrap(),
];

#[test]
fn every_way_to_dispatch_injects_the_context_of_the_view() {
    for dispatch in WAYS {
        let recorder = Recorder::new();
        let pool = recorder.pool(look::pool());
        let context = local_context(7, 9, TraceFlags::SAMPLED);
        recorder
            .tracer()
            .in_span("not the parent", |_| dispatch(&pool.with_context(&context)));
        pool.shutdown(Duration::MAX);
        let span = recorder.only("look");
        assert_eq!(span.parent_span_id, SpanId::from(9));
    }
}

#[test]
fn dispatch_all_and_calls_use_the_context_of_the_view() {
    let recorder = Recorder::new();
    let pool = recorder.pool(look::pool());
    let context = local_context(7, 9, TraceFlags::SAMPLED);
    let view = pool.with_context(&context);
    for handle in view.dispatch_all([(), ()]).unwrap() {
        handle.wait().unwrap();
    }
    view.call(()).unwrap();
    view.call_timeout((), Duration::MAX).unwrap();
    block_on(view.call_async(())).unwrap();
    let mut children = recorder.named("look");
    let calls = children.split_off(2);
    let callers = recorder.named("call look");
    assert_eq!((calls.len(), callers.len()), (3, 3));
    for (call, caller) in calls.iter().zip(&callers) {
        Recorder::assert_child(call, caller);
    }
    for span in children.iter().chain(&callers) {
        assert_eq!(span.parent_span_id, SpanId::from(9), "{}", span.name);
    }
}

#[test]
fn views_are_chained_in_any_order_and_the_last_of_a_kind_counts() {
    let recorder = Recorder::new();
    let pool = recorder.pool(look::pool());
    let (first, second) = (
        local_context(7, 9, TraceFlags::SAMPLED),
        remote_context(8, 10, TraceFlags::SAMPLED).with_baggage([KeyValue::new("tenant", "blue")]),
    );
    let views = [
        pool.with_context(&second).with_relation(SpanRelation::Link),
        pool.with_relation(SpanRelation::Link).with_context(&second),
        pool.with_context(&first)
            .with_relation(SpanRelation::Root)
            .with_context(&second)
            .with_relation(SpanRelation::Link),
    ];
    for view in views {
        let (_, baggage) = view.dispatch(()).unwrap().wait().unwrap();
        assert_eq!(baggage, 1);
    }
    for span in recorder.named("look") {
        Recorder::assert_root(&span);
        let linked: Vec<_> = span.links.iter().map(|it| &it.span_context).collect();
        assert_eq!(linked, [second.span().span_context()]);
    }
    assert_eq!(recorder.named("look").len(), 3);
}

#[test]
fn a_view_leaves_the_pool_as_it_is() {
    let recorder = Recorder::new();
    let pool: Pool<look> = recorder.pool(look::pool());
    let context = local_context(7, 9, TraceFlags::SAMPLED);
    let _view = pool
        .with_context(&context)
        .with_relation(SpanRelation::Root);
    recorder
        .tracer()
        .in_span("parent", |_| pool.dispatch(()).unwrap().wait().unwrap());
    Recorder::assert_child(&recorder.only("look"), &recorder.only("parent"));
}

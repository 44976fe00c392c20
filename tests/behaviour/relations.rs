//! `relation = child | link | root`, for each worker and for one dispatch.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use pollster::block_on;
use traced_worker::{Pool, PoolBuilder, SpanRelation, SyncWorker, traced_worker};
use traced_worker_tests::Recorder;

#[traced_worker]
fn child() -> usize {
    Context::current().baggage().len()
}

#[traced_worker(relation = link)]
fn link() -> usize {
    Context::current().baggage().len()
}

#[traced_worker(relation = root)]
fn root() -> usize {
    Context::current().baggage().len()
}

/// Returns how the spans of the worker `name` relate to the span in which `dispatch` is called.
fn relations<W: SyncWorker<Message = (), Output = usize, State = ()>>(
    pool: PoolBuilder<W>,
    name: &str,
    dispatch: impl FnOnce(&Pool<W>),
) -> Vec<SpanRelation> {
    let recorder = Recorder::new();
    let pool = recorder.pool(pool);
    let baggage = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let guard = baggage.attach();
    recorder.tracer().in_span("dispatch", |_| dispatch(&pool));
    drop(guard);
    pool.shutdown(Duration::MAX);
    let dispatch = recorder.only("dispatch");
    let relation = |span: &opentelemetry_sdk::trace::SpanData| {
        if span.parent_span_id == dispatch.span_context.span_id() {
            assert!(span.links.is_empty());
            return SpanRelation::Child;
        }
        Recorder::assert_root(span);
        assert_ne!(
            span.span_context.trace_id(),
            dispatch.span_context.trace_id()
        );
        match &span.links[..] {
            [] => SpanRelation::Root,
            [link] => {
                assert_eq!(link.span_context, dispatch.span_context);
                SpanRelation::Link
            }
            _ => panic!("one link at most"),
        }
    };
    recorder.named(name).iter().map(relation).collect()
}

#[test]
fn the_attribute_sets_the_relation_and_the_baggage_arrives_under_each() {
    fn dispatch<W: SyncWorker<Message = (), Output = usize>>(pool: &Pool<W>) {
        assert_eq!(pool.dispatch(()).unwrap().wait().unwrap(), 1);
    }

    assert_eq!(
        relations(child::pool(), "child", dispatch),
        [SpanRelation::Child]
    );
    assert_eq!(
        relations(link::pool(), "link", dispatch),
        [SpanRelation::Link]
    );
    assert_eq!(
        relations(root::pool(), "root", dispatch),
        [SpanRelation::Root]
    );
}

#[test]
fn every_way_to_dispatch_can_override_the_attribute() {
    for relation in [SpanRelation::Child, SpanRelation::Link, SpanRelation::Root] {
        let dispatch = |pool: &Pool<link>| {
            let pool = pool.with_relation(relation);
            pool.dispatch(()).unwrap().wait().unwrap();
            pool.try_dispatch(()).unwrap().wait().unwrap();
            let handle = pool.dispatch_timeout((), Duration::MAX).unwrap();
            handle.wait().unwrap();
            block_on(async { pool.dispatch_async(()).await.unwrap().await }).unwrap();
            pool.send(()).unwrap();
            pool.try_send(()).unwrap();
            for handle in pool.dispatch_all([(), ()]).unwrap() {
                handle.wait().unwrap();
            }
        };
        assert_eq!(relations(link::pool(), "link", dispatch), [relation; 8]);
    }
}

#[test]
fn the_dispatch_span_of_a_call_is_the_callers_span() {
    let recorder = Recorder::new();
    let pool = recorder.pool(child::pool());
    pool.with_relation(SpanRelation::Link).call(()).unwrap();
    block_on(pool.with_relation(SpanRelation::Link).call_async(())).unwrap();
    let callers = recorder.named("call child");
    let workers = recorder.named("child");
    assert_eq!((callers.len(), workers.len()), (2, 2));
    for (caller, worker) in callers.iter().zip(workers) {
        Recorder::assert_root(&worker);
        assert_eq!(worker.links.len(), 1);
        assert_eq!(worker.links[0].span_context, caller.span_context);
    }
}

#[test]
fn without_a_dispatch_span_there_is_no_link() {
    let recorder = Recorder::new();
    let pool = recorder.pool(link::pool());
    pool.dispatch(()).unwrap().wait().unwrap();
    let span = recorder.only("link");
    Recorder::assert_root(&span);
    assert!(span.links.is_empty());
}

#[test]
fn a_span_started_in_a_linked_worker_is_in_the_workers_trace() {
    #[traced_worker(relation = link)]
    fn starts(tracer: opentelemetry_sdk::trace::SdkTracer) {
        tracer.in_span("inner", |context| assert!(context.has_active_span()));
    }

    let recorder = Recorder::new();
    let pool = recorder.pool(starts::pool());
    recorder.tracer().in_span("dispatch", |_| {
        pool.dispatch(recorder.tracer()).unwrap().wait().unwrap();
    });
    Recorder::assert_child(&recorder.only("inner"), &recorder.only("starts"));
}

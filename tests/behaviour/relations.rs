//! `parent = child | link | root`, for each worker and for one dispatch.

use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use pollster::block_on;
use traced_worker::{Parent, Pool, Worker, traced_worker};
use traced_worker_tests::Recorder;

#[traced_worker]
fn child() -> usize {
    Context::current().baggage().len()
}

#[traced_worker(parent = link)]
fn link() -> usize {
    Context::current().baggage().len()
}

#[traced_worker(parent = root)]
fn root() -> usize {
    Context::current().baggage().len()
}

fn run<W: Worker<Message = (), Output = usize, State = ()>>(
    dispatch: impl FnOnce(&Pool<W>),
    name: &str,
) -> (Recorder, Vec<Parent>) {
    let recorder = Recorder::new();
    let pool = traced_worker::PoolBuilder::<W>::new()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let baggage = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let guard = baggage.attach();
    recorder.tracer().in_span("dispatch", |_| dispatch(&pool));
    drop(guard);
    pool.shutdown(Duration::MAX);
    let dispatch = recorder.only("dispatch");
    let relation = |span: &opentelemetry_sdk::trace::SpanData| {
        if span.parent_span_id == dispatch.span_context.span_id() {
            assert!(span.links.is_empty());
            return Parent::Child;
        }
        Recorder::assert_root(span);
        assert_ne!(
            span.span_context.trace_id(),
            dispatch.span_context.trace_id()
        );
        match &span.links[..] {
            [] => Parent::Root,
            [link] => {
                assert_eq!(link.span_context, dispatch.span_context);
                Parent::Link
            }
            _ => panic!("one link at most"),
        }
    };
    let relations = recorder.named(name).iter().map(relation).collect();
    (recorder, relations)
}

#[test]
fn the_attribute_says_it_for_each_run() {
    let dispatch = |pool: &Pool<child>| assert_eq!(pool.dispatch(()).unwrap().wait().unwrap(), 1);
    assert_eq!(run(dispatch, "child").1, [Parent::Child]);
    let dispatch = |pool: &Pool<link>| assert_eq!(pool.dispatch(()).unwrap().wait().unwrap(), 1);
    assert_eq!(run(dispatch, "link").1, [Parent::Link]);
    let dispatch = |pool: &Pool<root>| assert_eq!(pool.dispatch(()).unwrap().wait().unwrap(), 1);
    assert_eq!(run(dispatch, "root").1, [Parent::Root]);
}

#[test]
fn one_dispatch_may_say_otherwise_in_every_way_of_dispatch() {
    for parent in [Parent::Child, Parent::Link, Parent::Root] {
        let dispatch = |pool: &Pool<link>| {
            let pool = pool.with_parent(parent);
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
        assert_eq!(run(dispatch, "link").1, [parent; 8]);
    }
}

#[test]
fn a_call_is_related_to_its_own_span() {
    let dispatch = |pool: &Pool<child>| {
        pool.with_parent(Parent::Link).call(()).unwrap();
        block_on(pool.with_parent(Parent::Link).call_async(())).unwrap();
    };
    let recorder = Recorder::new();
    let pool = child::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    dispatch(&pool);
    let callers = recorder.named("call child");
    for (caller, worker) in callers.iter().zip(recorder.named("child")) {
        Recorder::assert_root(&worker);
        assert_eq!(worker.links[0].span_context, caller.span_context);
    }
    assert_eq!(callers.len(), 2);
}

#[test]
fn without_a_dispatch_span_there_is_nothing_to_link() {
    let recorder = Recorder::new();
    let pool = link::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    pool.dispatch(()).unwrap().wait().unwrap();
    let span = recorder.only("link");
    Recorder::assert_root(&span);
    assert!(span.links.is_empty());
}

#[test]
fn what_is_started_in_a_linked_worker_is_in_its_trace() {
    #[traced_worker(parent = link)]
    fn starts(tracer: opentelemetry_sdk::trace::SdkTracer) {
        tracer.in_span("inner", |context| assert!(context.has_active_span()));
    }

    let recorder = Recorder::new();
    let pool = starts::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    recorder.tracer().in_span("dispatch", |_| {
        pool.dispatch(recorder.tracer()).unwrap().wait().unwrap();
    });
    Recorder::assert_child(&recorder.only("inner"), &recorder.only("starts"));
}

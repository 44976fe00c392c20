//! Subscribers that have no interest in a worker span, or in a part of it.

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, TraceFlags};
use traced_worker::traced_worker;
use traced_worker_tests::{Layers, Recorder, TestSubscriber, local_context};
use tracing::{Level, info, info_span};

use crate::pool;

#[traced_worker(tracing, level = Level::DEBUG)]
fn work() -> Context {
    info!("inside");
    info_span!("inside").in_scope(Context::current)
}

#[test]
fn a_disabled_worker_span_leaves_events_to_the_callers_span() {
    let subscriber = TestSubscriber::new(Layers {
        enabled: |metadata| *metadata.level() <= Level::INFO,
        ..Layers::default()
    });
    subscriber.within(|| {
        let pool = pool(work::pool());
        let _caller = info_span!("caller", n = 1).entered();
        pool.dispatch(()).unwrap().wait().unwrap();
    });
    assert_eq!(
        subscriber.lines(),
        ["INFO caller{n=1}: tracing::filters: inside"]
    );
    let recorder = &subscriber.recorder;
    Recorder::assert_child(&recorder.only("inside"), &recorder.only("caller"));
    assert!(recorder.named("work").is_empty());
}

#[test]
fn a_worker_span_that_the_layer_does_not_get_keeps_the_context() {
    let subscriber = TestSubscriber::new(Layers {
        spans_enabled: |metadata| metadata.name() != "work",
        ..Layers::default()
    });
    subscriber.within(|| {
        let pool = pool(work::pool());
        let _caller = info_span!("caller").entered();
        pool.dispatch(()).unwrap().wait().unwrap();
    });
    assert_eq!(
        subscriber.lines(),
        ["INFO caller:work: tracing::filters: inside"]
    );
    let recorder = &subscriber.recorder;
    Recorder::assert_child(&recorder.only("inside"), &recorder.only("caller"));
}

#[test]
fn a_callers_span_that_the_layer_does_not_get_is_passed_over() {
    let subscriber = TestSubscriber::new(Layers {
        spans_enabled: |metadata| metadata.name() != "caller",
        ..Layers::default()
    });
    subscriber.within(|| {
        let pool = pool(work::pool());
        let _outer = info_span!("outer").entered();
        let _caller = info_span!("caller").entered();
        pool.dispatch(()).unwrap().wait().unwrap();
    });
    assert_eq!(
        subscriber.lines(),
        ["INFO outer:caller:work: tracing::filters: inside"]
    );
    let recorder = &subscriber.recorder;
    Recorder::assert_child(&recorder.only("work"), &recorder.only("outer"));
}

#[test]
fn without_a_subscriber_the_context_is_current_in_the_worker() {
    let pool = pool(work::pool());
    let context = local_context(5, 6, TraceFlags::SAMPLED);
    let handle = pool.with_context(&context).dispatch(()).unwrap();
    let inside = handle.wait().unwrap();
    assert_eq!(inside.span().span_context(), context.span().span_context());
}

#[test]
fn with_fmt_alone_the_context_is_current_in_the_worker() {
    let subscriber = TestSubscriber::new(Layers {
        spans: false,
        ..Layers::default()
    });
    let context = local_context(5, 6, TraceFlags::SAMPLED);
    let inside = subscriber.within(|| {
        let pool = pool(work::pool());
        let handle = pool.with_context(&context).dispatch(()).unwrap();
        handle.wait().unwrap()
    });
    assert_eq!(inside.span().span_context(), context.span().span_context());
    assert_eq!(subscriber.lines(), ["INFO work: tracing::filters: inside"]);
}

//! The parents of worker spans, in OpenTelemetry.

use opentelemetry::trace::{SpanId, TraceFlags, Tracer as _};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _};
use opentelemetry_sdk::trace::SpanData;
use traced_worker::{Carrier, Pool, SpanRelation, Traced, traced_worker};
use traced_worker_tests::{
    Latch, Layers, Recorder, TestSubscriber, attribute, latch, remote_context,
};
use tracing::{info, info_span};

use crate::pool;

#[traced_worker(tracing)]
fn work(latch: Option<Latch>) -> String {
    if let Some(latch) = latch {
        latch.hold();
    }
    let context = Context::current();
    let tenant = context.baggage().get("tenant");
    tenant.map(ToString::to_string).unwrap_or_default()
}

#[traced_worker(tracing(detached))]
fn detached(latch: Latch) {
    latch.hold();
}

#[traced_worker(tracing)]
fn nested() {
    let tracer = opentelemetry::global::tracer("unused");
    drop(tracer);
    info_span!("tracing inside").in_scope(|| info!("inside"));
}

#[traced_worker(tracing, batch = 8)]
fn batched(messages: Vec<u8>) -> usize {
    messages.len()
}

fn every_activation() -> [Layers; 2] {
    [true, false].map(|activation| Layers {
        activation,
        ..Layers::default()
    })
}

fn only(subscriber: &TestSubscriber, name: &str) -> SpanData {
    subscriber.recorder.only(name)
}

#[test]
fn a_worker_span_is_a_child_of_the_callers_tracing_span() {
    for layers in every_activation() {
        let subscriber = TestSubscriber::new(layers);
        subscriber.within(|| {
            let pool = pool(work::pool());
            info_span!("caller").in_scope(|| pool.dispatch(None).unwrap().wait().unwrap());
        });
        let (worker, caller) = (only(&subscriber, "work"), only(&subscriber, "caller"));
        Recorder::assert_child(&worker, &caller);
        assert_eq!(subscriber.recorder.spans().len(), 2, "{layers:?}");
    }
}

#[test]
fn a_worker_span_is_a_child_of_the_current_opentelemetry_span() {
    for layers in every_activation() {
        let subscriber = TestSubscriber::new(layers);
        subscriber.within(|| {
            let pool = pool(work::pool());
            let _caller = info_span!("caller").entered();
            let tracer = subscriber.recorder.tracer();
            tracer.in_span("inner", |_| pool.dispatch(None).unwrap().wait().unwrap());
        });
        let (worker, inner) = (only(&subscriber, "work"), only(&subscriber, "inner"));
        Recorder::assert_child(&worker, &inner);
    }
}

#[test]
fn spans_inside_are_children_of_the_worker_span() {
    for layers in every_activation() {
        let subscriber = TestSubscriber::new(layers);
        subscriber.within(|| {
            let pool = pool(nested::pool());
            pool.dispatch(()).unwrap().wait().unwrap();
        });
        let (inside, worker) = (
            only(&subscriber, "tracing inside"),
            only(&subscriber, "nested"),
        );
        Recorder::assert_child(&inside, &worker);
        Recorder::assert_root(&worker);
    }
}

#[traced_worker(tracing)]
fn dispatches(pool: Pool<work>) {
    let dispatch = || pool.dispatch(None).unwrap().wait().unwrap();
    info_span!("inside").in_scope(dispatch);
    dispatch();
}

#[traced_worker(tracing)]
async fn dispatches_from_a_task(pool: Pool<work>) {
    tokio::task::yield_now().await;
    let handle = info_span!("inside").in_scope(|| pool.dispatch(None).unwrap());
    handle.await.unwrap();
    pool.dispatch(None).unwrap().await.unwrap();
}

#[test]
fn a_worker_dispatches_under_the_span_that_it_entered() {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.build().unwrap();
    for layers in every_activation() {
        for is_task in [false, true] {
            let subscriber = TestSubscriber::new(layers);
            subscriber.within(|| {
                let inner = pool(work::pool());
                if is_task {
                    let outer = dispatches_from_a_task::pool().runtime(runtime.handle());
                    let outer = outer.inherit_subscriber().start().unwrap();
                    let handle = outer.dispatch(inner).unwrap();
                    runtime.block_on(handle).unwrap();
                } else {
                    let outer = pool(dispatches::pool());
                    outer.dispatch(inner).unwrap().wait().unwrap();
                }
            });
            let spans = subscriber.recorder.named("work");
            Recorder::assert_child(&spans[0], &only(&subscriber, "inside"));
            let outer = ["dispatches", "dispatches_from_a_task"][usize::from(is_task)];
            Recorder::assert_child(&spans[1], &only(&subscriber, outer));
        }
    }
}

#[test]
fn baggage_reaches_the_worker() {
    for layers in every_activation() {
        let subscriber = TestSubscriber::new(layers);
        let tenant = subscriber.within(|| {
            let pool = pool(work::pool());
            let _caller = info_span!("caller").entered();
            let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
            let _guard = context.attach();
            pool.dispatch(None).unwrap().wait().unwrap()
        });
        assert_eq!(tenant, "blue", "{layers:?}");
        Recorder::assert_child(&only(&subscriber, "work"), &only(&subscriber, "caller"));
    }
}

#[test]
fn the_end_of_the_callers_span_does_not_move() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        let (latch, release) = latch();
        let handle = info_span!("caller").in_scope(|| pool.dispatch(Some(latch)).unwrap());
        let after = std::time::SystemTime::now();
        // It is exported once the job has ended.
        assert!(subscriber.recorder.spans().is_empty());
        drop(release);
        handle.wait().unwrap();
        let (worker, caller) = (only(&subscriber, "work"), only(&subscriber, "caller"));
        assert!(caller.end_time <= after);
        assert!(worker.end_time >= caller.end_time);
        Recorder::assert_child(&worker, &caller);
    });
}

#[test]
fn a_detached_worker_keeps_nothing_open() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(detached::pool());
        let (latch, release) = latch();
        let handle = info_span!("caller").in_scope(|| pool.dispatch(latch).unwrap());
        // It is exported at once.
        let caller = only(&subscriber, "caller");
        drop(release);
        handle.wait().unwrap();
        Recorder::assert_child(&only(&subscriber, "detached"), &caller);
    });
}

#[test]
fn a_message_from_outside_has_the_parent_that_it_came_with() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        let _caller = info_span!("caller").entered();
        let carrier = Carrier::inject(&remote_context(7, 8, TraceFlags::SAMPLED));
        let traced = Traced::from_parts(None, carrier);
        pool.dispatch_traced(traced).unwrap().wait().unwrap();
    });
    let worker = only(&subscriber, "work");
    assert_eq!(worker.parent_span_id, SpanId::from(8));
    assert!(worker.parent_span_is_remote);
}

#[test]
fn a_given_context_is_the_parent() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        let _caller = info_span!("caller").entered();
        let context = remote_context(7, 8, TraceFlags::SAMPLED);
        let handle = pool.with_context(&context).dispatch(None).unwrap();
        handle.wait().unwrap();
    });
    assert_eq!(only(&subscriber, "work").parent_span_id, SpanId::from(8));
}

#[test]
fn a_link_and_a_root_begin_a_trace() {
    for relation in [SpanRelation::Link, SpanRelation::Root] {
        let subscriber = TestSubscriber::new(Layers::default());
        subscriber.within(|| {
            let pool = pool(work::pool());
            let _caller = info_span!("caller").entered();
            let pool = pool.with_relation(relation);
            pool.dispatch(None).unwrap().wait().unwrap();
        });
        let (worker, caller) = (only(&subscriber, "work"), only(&subscriber, "caller"));
        Recorder::assert_root(&worker);
        assert_ne!(
            worker.span_context.trace_id(),
            caller.span_context.trace_id()
        );
        let links: Vec<_> = worker.links.iter().map(|link| &link.span_context).collect();
        match relation {
            SpanRelation::Link => assert_eq!(links, [&caller.span_context]),
            _ => assert!(links.is_empty()),
        }
    }
}

#[test]
fn a_batch_links_to_each_caller() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = batched::pool().threads(1).inherit_subscriber();
        let pool = pool.start().unwrap();
        let handle = info_span!("caller").in_scope(|| pool.dispatch(1).unwrap());
        handle.wait().unwrap();
    });
    // A batch has no subscriber of its callers: they may be several.
    assert!(subscriber.recorder.named("batched").is_empty());
    assert_eq!(subscriber.recorder.named("caller").len(), 1);
}

#[test]
fn the_worker_span_has_the_runtimes_attributes_once() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| pool(work::pool()).call(None).unwrap());
    let worker = only(&subscriber, "work");
    let keys = [
        "code.file.path",
        "code.function.name",
        "code.line.number",
        "thread.id",
        "thread.name",
        "traced_worker.queue.wait",
    ];
    for key in keys {
        assert!(attribute(&worker, key).is_some(), "{key}");
    }
}

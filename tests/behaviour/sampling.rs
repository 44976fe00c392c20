//! The sampling decision travels with the message.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, Tracer as _,
};
use opentelemetry_sdk::trace::{Sampler, SpanData};
use traced_worker::{SpanRelation, traced_worker};
use traced_worker_tests::{Recorder, attribute, remote_context};

#[traced_worker]
fn look() -> SpanContext {
    Context::current().span().span_context().clone()
}

fn look_under(recorder: &Recorder, context: Context) -> SpanContext {
    let pool = recorder.pool(look::pool());
    let _guard = context.attach();
    let seen = pool.dispatch(()).unwrap().wait().unwrap();
    pool.shutdown(Duration::MAX);
    seen
}

fn remote(flags: TraceFlags) -> Context {
    remote_context(7, 9, flags)
}

#[test]
fn without_a_dispatch_span_the_worker_span_is_a_root() {
    let recorder = Recorder::new();
    let seen = look_under(&recorder, Context::new());
    let span = recorder.only("look");
    Recorder::assert_root(&span);
    assert_eq!(span.span_context, seen);
    assert!(seen.is_sampled());
}

#[test]
fn an_unsampled_parent_gives_an_unsampled_worker_in_the_same_trace() {
    let recorder = Recorder::new();
    let seen = look_under(&recorder, remote(TraceFlags::NOT_SAMPLED));
    assert_eq!(seen.trace_id(), TraceId::from(7));
    assert!(seen.is_valid() && !seen.is_sampled());
    assert!(recorder.spans().is_empty(), "nothing is exported");
}

#[test]
fn a_sampler_may_record_under_an_unsampled_parent() {
    let recorder = Recorder::with_sampler(Sampler::AlwaysOn);
    let seen = look_under(&recorder, remote(TraceFlags::NOT_SAMPLED));
    let span = recorder.only("look");
    assert_eq!(span.span_context, seen);
    assert_eq!(span.parent_span_id, SpanId::from(9));
    assert!(
        attribute(&span, "thread.name").is_some(),
        "attributes do not depend on the parent's flag"
    );
}

/// From the first one on the time of such a dispatch is kept.
#[test]
fn the_queue_wait_under_an_unsampled_parent_is_recorded_from_the_second_span_on() {
    let recorder = Recorder::with_sampler(Sampler::AlwaysOn);
    let pool = recorder.pool(look::pool());
    let _guard = remote(TraceFlags::NOT_SAMPLED).attach();
    for _ in 0..3 {
        pool.dispatch(()).unwrap().wait().unwrap();
        // The same where nothing depends on the parent's sampler.
        for relation in [SpanRelation::Link, SpanRelation::Root] {
            let dispatcher = pool.with_relation(relation);
            dispatcher.dispatch(()).unwrap().wait().unwrap();
        }
    }
    let wait = |span: &SpanData| attribute(span, "traced_worker.queue.wait").is_some();
    let waits: Vec<_> = recorder.spans().iter().map(wait).collect();
    assert_eq!(waits.iter().filter(|wait| **wait).count(), 8, "{waits:?}");
    assert!(!waits[0]);
}

#[test]
fn the_queue_wait_of_a_batch_is_recorded_under_an_unsampled_dispatch_span() {
    #[traced_worker(batch = 2)]
    fn add(numbers: Vec<u32>) -> u32 {
        numbers.into_iter().sum()
    }

    let recorder = Recorder::new();
    let pool = recorder.pool(add::pool());
    let _guard = remote(TraceFlags::NOT_SAMPLED).attach();
    pool.dispatch(1).unwrap().wait().unwrap();
    let span = recorder.only("add");
    assert!(attribute(&span, "traced_worker.queue.wait").is_some());
}

#[test]
fn a_worker_span_that_the_sampler_drops_leaves_its_decision_in_the_context() {
    let recorder = Recorder::with_sampler(Sampler::AlwaysOff);
    let seen = look_under(&recorder, remote(TraceFlags::SAMPLED));
    assert_eq!(seen.trace_id(), TraceId::from(7));
    assert!(!seen.is_sampled(), "children follow the decision");
    let random = TraceFlags::new(2);
    let seen = look_under(&recorder, remote(TraceFlags::SAMPLED | random));
    assert_eq!(seen.trace_flags(), random, "it is of the trace id");
    let root = look_under(&recorder, Context::new());
    assert!(root.is_valid() && !root.is_sampled(), "the same for a root");
    assert!(recorder.spans().is_empty());
}

#[test]
fn suppressed_telemetry_stays_suppressed_in_the_worker() {
    #[traced_worker]
    fn suppressed() -> bool {
        Context::is_current_telemetry_suppressed()
    }

    let recorder = Recorder::new();
    let pool = recorder.pool(suppressed::pool());
    let guard = Context::enter_telemetry_suppressed_scope();
    assert!(pool.dispatch(()).unwrap().wait().unwrap());
    drop(guard);
    assert!(!pool.dispatch(()).unwrap().wait().unwrap());
    assert_eq!(recorder.spans().len(), 1);
}

#[test]
fn a_remote_parent_stays_remote() {
    let recorder = Recorder::new();
    look_under(&recorder, remote(TraceFlags::SAMPLED));
    assert!(recorder.only("look").parent_span_is_remote);
}

#[test]
fn a_child_started_in_the_worker_is_under_the_worker_span() {
    #[traced_worker]
    fn parent(tracer: opentelemetry_sdk::trace::SdkTracer) {
        tracer.in_span("child", |_| ());
    }

    let recorder = Recorder::new();
    let pool = recorder.pool(parent::pool());
    pool.dispatch(recorder.tracer()).unwrap().wait().unwrap();
    Recorder::assert_child(&recorder.only("child"), &recorder.only("parent"));
}

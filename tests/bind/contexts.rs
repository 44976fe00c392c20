//! Plain OpenTelemetry: parents, baggage, sampling, and that nothing is left on the thread.

use std::sync::mpsc;
use std::thread;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{Span as _, TraceContextExt as _, TraceFlags, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Sampler;
use traced_worker::{BoundContext, Carrier, bind, bind_fn, bind_mut};
use traced_worker_tests::{HANGS, Recorder, local_context, remote_context};

use crate::integrations::{Integration, for_each, value_of};

fn tenant(context: &Context) -> Option<String> {
    context.baggage().get("tenant").map(ToString::to_string)
}

fn is_empty(context: &Context) -> bool {
    !context.has_active_span() && context.baggage().is_empty()
}

/// Runs `work` under a span of `recorder` that is named after the tenant.
fn under_caller<R>(recorder: &Recorder, name: &'static str, work: impl FnOnce() -> R) -> R {
    let span = recorder.tracer().start(name);
    let context = Context::new()
        .with_span(span)
        .with_baggage([KeyValue::new("tenant", name)]);
    let _guard = context.attach();
    work()
}

#[test]
fn spans_are_children_of_the_callers_span_with_its_baggage() {
    for_each(|integration| {
        let recorder = Recorder::new();
        let tracer = recorder.tracer();
        let seen = under_caller(&recorder, "caller", || {
            value_of(integration, move || {
                tracer.start("child").end();
                tenant(&Context::current())
            })
        });
        assert_eq!(seen.as_deref(), Some("caller"));
        Recorder::assert_child(&recorder.only("child"), &recorder.only("caller"));
    });
}

/// Runs `work` under a span, and returns whether it panicked and the thread's context after it.
fn context_after(
    integration: Integration,
    work: impl FnOnce() + Send + 'static,
) -> (bool, Context) {
    let recorder = Recorder::new();
    let (sender, receiver) = mpsc::channel();
    let after = move || sender.send(Context::current()).unwrap();
    let panicked = under_caller(&recorder, "caller", || {
        integration(Box::new(work), Box::new(after))
    });
    (panicked, receiver.recv_timeout(HANGS).unwrap())
}

#[test]
fn nothing_is_left_for_the_next_task_of_the_thread() {
    for_each(|integration| {
        let (panicked, context) = context_after(integration, || ());
        assert!(!panicked);
        assert!(is_empty(&context), "{context:?}");
    });
}

#[test]
fn an_error_is_returned_and_leaves_nothing_for_the_next_task() {
    for_each(|integration| {
        let recorder = Recorder::new();
        let returned = under_caller(&recorder, "caller", || {
            value_of(integration, || "7x".parse::<u32>())
        });
        assert!(returned.is_err());
        let (panicked, context) = context_after(integration, || {
            "7x".parse::<u32>().unwrap_err();
        });
        assert!(!panicked);
        assert!(is_empty(&context), "{context:?}");
    });
}

#[test]
fn a_panic_goes_on_and_leaves_nothing_for_the_next_task() {
    for_each(|integration| {
        let (panicked, context) = context_after(integration, || panic!("deliberate"));
        assert!(panicked);
        assert!(is_empty(&context), "{context:?}");
    });
}

#[test]
fn the_context_is_that_of_the_bind_not_of_the_call() {
    let recorder = Recorder::new();
    let work = under_caller(&recorder, "bind", || bind(|| tenant(&Context::current())));
    let (seen, after) = under_caller(&recorder, "call", || (work(), tenant(&Context::current())));
    assert_eq!(
        (seen.as_deref(), after.as_deref()),
        (Some("bind"), Some("call"))
    );
}

#[test]
fn the_sampling_decision_travels() {
    for_each(|integration| {
        for flags in [TraceFlags::SAMPLED, TraceFlags::NOT_SAMPLED] {
            let recorder = Recorder::new();
            let tracer = recorder.tracer();
            let _guard = local_context(7, 8, flags).attach();
            let sampled = value_of(integration, move || {
                let span = tracer.start("child");
                assert_eq!(span.span_context().trace_id(), 7.into());
                span.span_context().is_sampled()
            });
            assert_eq!(sampled, flags.is_sampled());
            assert_eq!(recorder.named("child").len(), usize::from(sampled));
        }
    });
}

#[test]
fn an_unsampled_callers_children_are_not_recorded() {
    for_each(|integration| {
        let recorder = Recorder::with_sampler(Sampler::AlwaysOff);
        let tracer = recorder.tracer();
        under_caller(&recorder, "caller", || {
            let trace_id = Context::current().span().span_context().trace_id();
            let seen = value_of(integration, move || {
                tracer.start("child").span_context().trace_id()
            });
            assert_eq!(seen, trace_id);
        });
        assert!(recorder.spans().is_empty());
    });
}

#[test]
fn a_context_without_a_span_travels() {
    for_each(|integration| {
        let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
        let _guard = context.attach();
        let (has_span, seen) = value_of(integration, || {
            let context = Context::current();
            (context.has_active_span(), tenant(&context))
        });
        assert_eq!((has_span, seen.as_deref()), (false, Some("blue")));
    });
}

#[test]
fn a_remote_span_stays_remote() {
    for_each(|integration| {
        let context = remote_context(7, 8, TraceFlags::SAMPLED);
        let _guard = context.clone().attach();
        let seen = value_of(integration, || {
            Context::current().span().span_context().clone()
        });
        assert_eq!(&seen, context.span().span_context());
    });
}

#[test]
fn a_bound_closure_holds_no_span() {
    let recorder = Recorder::new();
    let work = under_caller(&recorder, "caller", || bind(|| ()));
    assert_eq!(recorder.named("caller").len(), 1, "it has ended");
    drop(work);
}

#[test]
fn closures_are_called_as_often_as_their_kind_allows() {
    let recorder = Recorder::new();
    let (mut count, tenant_of, shared) = under_caller(&recorder, "caller", || {
        let mut calls = 0;
        let count = bind_mut(move || {
            calls += 1;
            (calls, tenant(&Context::current()).is_some())
        });
        (
            count,
            bind_fn(|| tenant(&Context::current())),
            BoundContext::current(),
        )
    });
    assert_eq!((count(), count()), ((1, true), (2, true)));
    let seen = thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(&tenant_of));
        threads.map(|thread| thread.join().unwrap())
    });
    assert!(seen.iter().all(|seen| seen.as_deref() == Some("caller")));
    let clone = shared.clone();
    assert_eq!(clone.carrier(), shared.carrier());
    assert_eq!(clone.bind(|| 7)(), 7);
    assert_eq!(shared.bind_fn(|| 8)(), 8);
}

#[test]
fn a_closure_in_a_bound_closure_has_its_own_context() {
    let recorder = Recorder::new();
    let inner = under_caller(&recorder, "inner", || bind(|| tenant(&Context::current())));
    let outer = under_caller(&recorder, "outer", || {
        bind(move || (inner(), tenant(&Context::current())))
    });
    let (inner, outer) = thread::spawn(outer).join().unwrap();
    assert_eq!(
        (inner.as_deref(), outer.as_deref()),
        (Some("inner"), Some("outer"))
    );
}

#[test]
fn a_carrier_runs_a_closure_under_its_context() {
    let context = local_context(7, 8, TraceFlags::SAMPLED);
    let carrier = Carrier::inject(&context.with_baggage([KeyValue::new("tenant", "blue")]));
    let (current, baggage) = carrier.run(|| (Carrier::current(), tenant(&Context::current())));
    assert_eq!((&current, baggage.as_deref()), (&carrier, Some("blue")));
    assert!(is_empty(&Context::current()));

    let panicked = std::panic::catch_unwind(|| carrier.run(|| panic!("deliberate")));
    assert!(panicked.is_err());
    assert!(is_empty(&Context::current()));
}

//! The current `tracing` span has no span of OpenTelemetry: the context is that of its nearest
//! ancestor that has one.

use std::thread;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, Tracer as _,
};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _};
use traced_worker::{
    AsyncWorker, Carrier, Pool, TaskPoolBuilder, bind, bind_future, traced_worker,
};
use traced_worker_tests::{Layers, Recorder, TestSubscriber, local_context};
use tracing::{Span, debug_span, field, info, info_span, span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{registry, reload};

use crate::pool;

/// A way to be inside of the span `outer`, and not directly.
struct Case {
    name: &'static str,
    /// Runs `work` inside of `outer`, in what has no span of OpenTelemetry.
    within: fn(outer: &Span, work: &mut dyn FnMut()),
    /// The spans that a log line shows.
    line: &'static str,
}

fn layers(activation: bool) -> Layers {
    Layers {
        activation,
        enabled: |metadata| metadata.name() != "disabled",
        spans_enabled: |metadata| metadata.name() != "filtered",
        ..Layers::default()
    }
}

const CASES: [Case; 7] = [
    Case {
        name: "a span that a filter keeps from the layer",
        within: |_, work| info_span!("filtered", n = 1).in_scope(work),
        line: "outer:filtered{n=1}",
    },
    Case {
        name: "several of them",
        within: |_, work| {
            let in_first = || info_span!("filtered", n = 2).in_scope(&mut *work);
            info_span!("filtered", n = 1).in_scope(in_first);
        },
        line: "outer:filtered{n=1}:filtered{n=2}",
    },
    Case {
        name: "one whose parent is given",
        within: |outer, work| {
            let above = info_span!(parent: outer, "filtered", n = 1);
            let span = info_span!(parent: &above, "filtered", n = 2);
            drop(above);
            span.in_scope(work);
        },
        line: "outer:filtered{n=1}:filtered{n=2}",
    },
    Case {
        name: "one that is entered twice",
        within: |outer, work| {
            let span = info_span!("filtered", n = 1);
            span.in_scope(|| outer.in_scope(|| span.in_scope(work)));
        },
        line: "outer:filtered{n=1}",
    },
    Case {
        name: "no span",
        within: |_, work| Span::none().in_scope(work),
        line: "outer",
    },
    Case {
        name: "a disabled span",
        within: |_, work| info_span!("disabled").in_scope(work),
        line: "outer",
    },
    Case {
        name: "a span of another registry",
        within: |_, work| {
            let other = TestSubscriber::new(Layers {
                spans: false,
                ..Layers::default()
            });
            let span = other.within(|| info_span!("other"));
            span.in_scope(work);
        },
        line: "outer",
    },
];

/// Checks `work`, which must log one line with the text `hello`, in each of the cases. It is given the
/// span context of `outer`.
fn for_each(mut work: impl FnMut(&TestSubscriber, &SpanContext)) {
    for activation in [true, false] {
        for case in &CASES {
            // Shown if the check fails.
            println!("{}, activation: {activation}", case.name);
            let subscriber = TestSubscriber::new(layers(activation));
            subscriber.within(|| {
                let outer = info_span!("outer");
                let context = outer.context().span().span_context().clone();
                outer.in_scope(|| {
                    (case.within)(&outer, &mut || work(&subscriber, &context));
                });
            });
            let lines = subscriber.lines();
            let line = &lines[0];
            assert!(
                line.starts_with(&format!("INFO {}", case.line)) && line.ends_with(" hello"),
                "{lines:?}"
            );
            assert_eq!(lines.len(), 1, "{lines:?}");
        }
    }
}

#[track_caller]
fn assert_child(subscriber: &TestSubscriber, name: &str, parent: &SpanContext) {
    let span = subscriber.recorder.only(name);
    assert_eq!(span.span_context.trace_id(), parent.trace_id(), "{name}");
    assert_eq!(span.parent_span_id, parent.span_id(), "{name}");
    assert!(!span.parent_span_is_remote);
}

#[test]
fn the_current_carrier_is_that_of_the_outer_span() {
    for_each(|_, outer| {
        info!("hello");
        let carrier = Carrier::current();
        assert_eq!(carrier.span_id(), outer.span_id());
        assert_eq!(carrier.trace_id(), outer.trace_id());
        assert!(carrier.is_sampled());
    });
}

#[test]
fn a_bound_closure_has_it() {
    for_each(|subscriber, outer| {
        let tracer = subscriber.recorder.tracer();
        let work = bind(move || {
            info!("hello");
            info_span!("traced child").in_scope(|| ());
            tracer.start("plain child").end();
            (Carrier::current(), Context::current())
        });
        let (carrier, context) = thread::spawn(work).join().unwrap();
        assert_eq!(carrier.span_id(), outer.span_id());
        assert_eq!(context.span().span_context().span_id(), outer.span_id());
        assert_child(subscriber, "traced child", outer);
        assert_child(subscriber, "plain child", outer);
    });
}

#[test]
fn a_bound_future_has_it_at_each_poll() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    for_each(|subscriber, outer| {
        let task = runtime.spawn(bind_future(async {
            tokio::task::yield_now().await;
            info!("hello");
            info_span!("traced child").in_scope(|| ());
            Carrier::current()
        }));
        let carrier = runtime.block_on(task).unwrap();
        assert_eq!(carrier.span_id(), outer.span_id());
        assert_child(subscriber, "traced child", outer);
    });
}

#[traced_worker]
fn plain() -> Carrier {
    info!("inside");
    Carrier::current()
}

#[traced_worker(tracing)]
fn traced() -> Carrier {
    info!("hello");
    info_span!("inside").in_scope(|| ());
    Carrier::current()
}

#[traced_worker(tracing(detached))]
fn detached() -> Carrier {
    Carrier::current()
}

#[traced_worker(tracing)]
async fn asynchronous() -> Carrier {
    tokio::task::yield_now().await;
    info!("hello");
    info_span!("inside").in_scope(|| ());
    Carrier::current()
}

#[test]
fn a_plain_workers_span_is_its_child() {
    for_each(|subscriber, outer| {
        info!("hello");
        let pool = subscriber.recorder.pool(plain::pool());
        let carrier = pool.dispatch(()).unwrap().wait().unwrap();
        drop(pool);
        assert_child(subscriber, "plain", outer);
        let span = subscriber.recorder.only("plain");
        assert_eq!(carrier.span_id(), span.span_context.span_id());
    });
}

#[test]
fn a_calls_span_is_its_child() {
    for_each(|subscriber, outer| {
        info!("hello");
        let pool = subscriber.recorder.pool(plain::pool());
        pool.call(()).unwrap();
        assert_child(subscriber, "call plain", outer);
    });
}

#[test]
fn a_tracing_workers_span_is_its_child_and_its_lines_show_all_spans() {
    for_each(|subscriber, outer| {
        let pool = pool(traced::pool());
        let carrier = pool.dispatch(()).unwrap().wait().unwrap();
        assert_child(subscriber, "traced", outer);
        let span = subscriber.recorder.only("traced").span_context;
        assert_eq!(carrier.span_id(), span.span_id());
        assert_child(subscriber, "inside", &span);
        let lines = subscriber.lines();
        assert!(lines[0].contains(":traced:"), "{lines:?}");
    });
}

#[test]
fn a_detached_workers_span_is_its_child() {
    for_each(|subscriber, outer| {
        info!("hello");
        let pool = pool(detached::pool());
        pool.dispatch(()).unwrap().wait().unwrap();
        assert_child(subscriber, "detached", outer);
    });
}

fn task_pool<W: AsyncWorker>(
    runtime: &tokio::runtime::Runtime,
    builder: TaskPoolBuilder<W>,
) -> Pool<W> {
    let builder = builder.runtime(runtime.handle()).inherit_subscriber();
    builder.start().unwrap()
}

#[test]
fn an_async_tracing_workers_span_is_its_child_and_its_lines_show_all_spans() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    for_each(|subscriber, outer| {
        let pool = task_pool(&runtime, asynchronous::pool());
        let handle = pool.dispatch(()).unwrap();
        let carrier = runtime.block_on(handle).unwrap();
        assert_child(subscriber, "asynchronous", outer);
        let span = subscriber.recorder.only("asynchronous").span_context;
        assert_eq!(carrier.span_id(), span.span_id());
        assert_child(subscriber, "inside", &span);
        let lines = subscriber.lines();
        assert!(lines[0].contains(":asynchronous:"), "{lines:?}");
    });
}

#[test]
fn a_filtered_root_inside_has_no_parent() {
    for activation in [true, false] {
        let subscriber = TestSubscriber::new(layers(activation));
        subscriber.within(|| {
            let root = span!(parent: None, tracing::Level::INFO, "filtered");
            root.in_scope(|| assert!(Carrier::current().is_empty()));
        });
    }
}

/// An attached context is the inner one to the span that it was attached in and to that one's
/// ancestors.
#[test]
fn a_filtered_span_does_not_hide_a_context_that_was_attached_inside_of_its_ancestor() {
    for activation in [true, false] {
        let subscriber = TestSubscriber::new(layers(activation));
        subscriber.within(|| {
            let outer = info_span!("outer").entered();
            let above = info_span!("filtered").entered();
            let carrier = Carrier::inject(&local_context(7, 8, TraceFlags::SAMPLED));
            carrier.run(|| {
                assert_eq!(Carrier::current(), carrier);
                info_span!("filtered").in_scope(|| {
                    assert_eq!(Carrier::current(), carrier);
                    let inner = info_span!("inner").entered();
                    info_span!("filtered").in_scope(|| {
                        let id = inner.context().span().span_context().span_id();
                        assert_eq!(Carrier::current().span_id(), id);
                    });
                });
            });
            drop((above, outer));
        });
        if activation {
            // Otherwise the layer takes the parent from the entered spans alone.
            let inner = subscriber.recorder.only("inner");
            assert_eq!(inner.span_context.trace_id(), 7.into());
            assert_eq!(inner.parent_span_id, 8.into());
        }
    }
}

#[test]
fn a_span_that_was_made_before_its_level_was_turned_on_is_passed_over() {
    for activation in [true, false] {
        let recorder = Recorder::new();
        let (level, handle) = reload::Layer::new(LevelFilter::INFO);
        let spans = tracing_opentelemetry::layer()
            .with_tracer(recorder.tracer())
            .with_context_activation(activation)
            .with_filter(level);
        let subscriber = registry().with(spans).with(LevelFilter::TRACE);
        tracing::subscriber::with_default(subscriber, || {
            let outer = info_span!("outer").entered();
            let early = debug_span!("early").entered();
            handle.reload(LevelFilter::TRACE).unwrap();
            let id = outer.context().span().span_context().span_id();
            assert_eq!(Carrier::current().span_id(), id);
            let late = debug_span!("late").entered();
            let id = late.context().span().span_context().span_id();
            assert!(id != SpanId::INVALID);
            assert_eq!(Carrier::current().span_id(), id);
            drop((late, early, outer));
        });
        assert!(recorder.named("early").is_empty());
    }
}

/// Both registries give their first span the same id.
#[test]
fn a_span_of_another_registry_with_the_same_id_is_the_inner_one() {
    for activation in [true, false] {
        let (first, second) = (
            TestSubscriber::new(layers(activation)),
            TestSubscriber::new(layers(activation)),
        );
        first.within(|| {
            let outer = info_span!("outer").entered();
            let carrier = Carrier::inject(&local_context(7, 8, TraceFlags::SAMPLED));
            carrier.run(|| {
                second.within(|| {
                    let other = info_span!("other").entered();
                    assert_eq!(outer.id(), other.id());
                    let id = other.context().span().span_context().span_id();
                    assert_eq!(Carrier::current().span_id(), id);
                    info_span!("filtered")
                        .in_scope(|| assert_eq!(Carrier::current().span_id(), id));
                });
                assert_eq!(Carrier::current(), carrier);
            });
        });
    }
}

#[test]
fn the_current_contexts_baggage_goes_with_the_outer_spans_context() {
    for_each(|_, outer| {
        info!("hello");
        let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
        let _guard = context.attach();
        let carrier = Carrier::current();
        assert_eq!(carrier.span_id(), outer.span_id());
        assert_eq!(carrier.headers().get("baggage"), Some("tenant=blue"));
    });
}

/// The outer span is started by the dispatch: a sampler that uses `tracing` must find no lock held.
#[test]
fn the_outer_span_is_started_outside_of_every_lock() {
    use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
    use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

    #[derive(Clone, Debug)]
    struct Logs;

    impl ShouldSample for Logs {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: TraceId,
            name: &str,
            _: &SpanKind,
            _: &[KeyValue],
            _: &[Link],
        ) -> SamplingResult {
            // Waits for whoever reads the data of the inner span.
            Span::current().record("started", name);
            info!("hello");
            SamplingResult {
                decision: SamplingDecision::RecordAndSample,
                attributes: Vec::new(),
                trace_state: TraceState::NONE,
            }
        }
    }

    let sampler = Box::new(Logs);
    let recorder = Recorder::with_sampler(opentelemetry_sdk::trace::Sampler::ParentBased(sampler));
    let lines = TestSubscriber::with_recorder(layers(false), recorder);
    lines.within(|| {
        let _outer = info_span!("outer").entered();
        let _inner = info_span!("filtered", started = field::Empty).entered();
        assert!(Carrier::current().has_span());
    });
    let line = "INFO outer:filtered{started=\"outer\"}: tracing::passed_over: hello";
    assert_eq!(lines.lines(), [line]);
}

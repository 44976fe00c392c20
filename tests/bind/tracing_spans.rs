//! The context of a `tracing` span, where OpenTelemetry's current context does not have it.

use std::thread;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, TraceFlags, Tracer as _};
use opentelemetry::{Context, KeyValue};
use traced_worker::{Carrier, Traced, bind, traced_worker};
use traced_worker_tests::{Recorder, local_context};
use tracing::{Span, debug_span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::LevelFilter;

use crate::subscriber::App;

fn carrier_of(span: &Span) -> Carrier {
    Carrier::inject(&span.context())
}

fn tenant() -> Option<String> {
    let context = Context::current();
    context.baggage().get("tenant").map(ToString::to_string)
}

#[test]
fn the_current_carrier_is_that_of_the_tracing_span() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        let outer = info_span!("outer");
        outer.in_scope(|| {
            assert_eq!(Carrier::current(), carrier_of(&outer));
            let inner = info_span!("inner");
            inner.in_scope(|| assert_eq!(Carrier::current(), carrier_of(&inner)));
            assert_eq!(Carrier::current(), carrier_of(&outer));
        });
        assert!(Carrier::current().is_empty());
    }
}

#[test]
fn a_current_context_with_a_span_goes_first() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        info_span!("outer").in_scope(|| {
            let context = local_context(7, 8, TraceFlags::SAMPLED);
            let expected = Carrier::inject(&context);
            let _guard = context.attach();
            assert_eq!(Carrier::current(), expected);
        });
    }
}

#[test]
fn the_current_contexts_baggage_and_suppression_go_with_the_tracing_span() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        let outer = info_span!("outer");
        outer.in_scope(|| {
            let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
            let _guard = context.with_telemetry_suppressed().attach();
            let carrier = Carrier::current();
            assert_eq!(carrier.span_id(), carrier_of(&outer).span_id());
            assert_eq!(carrier.headers().get("baggage"), Some("tenant=blue"));
            assert!(carrier.extract().is_telemetry_suppressed());
        });
    }
}

#[test]
fn a_span_that_the_opentelemetry_layer_does_not_see_is_passed_over() {
    let app = App::filtered(true, LevelFilter::INFO);
    let _subscriber = app.set_default();
    let outer = info_span!("outer");
    outer.in_scope(|| {
        debug_span!("inner").in_scope(|| assert_eq!(Carrier::current(), carrier_of(&outer)));
    });
    debug_span!("alone").in_scope(|| assert!(Carrier::current().is_empty()));
}

#[traced_worker]
fn work(number: u32) -> u32 {
    number + 1
}

#[test]
fn every_dispatch_takes_the_tracing_span() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        let pool = app.recorder.pool(work::pool());
        info_span!("dispatch").in_scope(|| pool.dispatch(7).unwrap().wait().unwrap());
        info_span!("caller").in_scope(|| pool.call(7).unwrap());
        let traced = info_span!("traced").in_scope(|| Traced::new(7));
        let traced = pool.dispatch_traced(traced).unwrap();
        traced.wait().unwrap();
        drop(pool);
        let runs = app.recorder.named("work");
        assert_eq!(runs.len(), 3);
        Recorder::assert_child(&runs[0], &app.recorder.only("dispatch"));
        let call = app.recorder.only("call work");
        Recorder::assert_child(&call, &app.recorder.only("caller"));
        Recorder::assert_child(&runs[1], &call);
        Recorder::assert_child(&runs[2], &app.recorder.only("traced"));
    }
}

#[test]
fn a_tracing_span_in_a_bound_closure_is_the_parent_of_what_is_dispatched_there() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        let (request, inner, again) = info_span!("request").in_scope(|| {
            let work = bind(|| {
                let request = Carrier::current();
                let inner = info_span!("inner").in_scope(Carrier::current);
                (request, inner, Carrier::current())
            });
            thread::spawn(work).join().unwrap()
        });
        let id = |name| app.recorder.only(name).span_context.span_id();
        assert_eq!(request.span_id(), id("request"));
        assert_eq!(inner.span_id(), id("inner"));
        assert_eq!(again, request);
    }
}

#[test]
fn a_span_of_opentelemetry_in_a_tracing_span_is_the_parent() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        info_span!("request").in_scope(|| {
            let tracer = app.recorder.tracer();
            let context = Context::current_with_span(tracer.start("plain"));
            let expected = Carrier::inject(&context);
            let guard = context.attach();
            let work = bind(Carrier::current);
            assert_eq!(thread::spawn(work).join().unwrap(), expected);
            drop(guard);
        });
        let plain = app.recorder.only("plain");
        if activation {
            Recorder::assert_child(&plain, &app.recorder.only("request"));
        }
    }
}

#[test]
fn baggage_of_the_bind_is_current_in_the_closure() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        info_span!("request").in_scope(|| {
            let context = Context::current().with_baggage([KeyValue::new("tenant", "blue")]);
            let guard = context.attach();
            let work = bind(tenant);
            drop(guard);
            assert_eq!(thread::spawn(work).join().unwrap().as_deref(), Some("blue"));
        });
    }
}

#[test]
fn baggage_that_was_cleared_before_the_bind_is_not_current_in_the_closure() {
    let app = App::new(true);
    let _subscriber = app.set_default();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let _guard = context.attach();
    info_span!("request").in_scope(|| {
        assert_eq!(tenant().as_deref(), Some("blue"));
        let _guard = Context::current().with_cleared_baggage().attach();
        assert_eq!(thread::spawn(bind(tenant)).join().unwrap(), None);
    });
}

#[test]
fn a_carrier_without_a_span_hides_the_tracing_span() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        info_span!("outer").in_scope(|| {
            Carrier::new().run(|| {
                assert!(Carrier::current().is_empty());
                let inner = info_span!("inner");
                inner.in_scope(|| assert_eq!(Carrier::current(), carrier_of(&inner)));
                assert!(Carrier::current().is_empty());
            });
            assert!(Carrier::current().has_span());
        });
    }
}

#[test]
fn a_carrier_runs_in_a_tracing_span_as_the_inner_one() {
    for activation in [true, false] {
        let app = App::new(activation);
        let _subscriber = app.set_default();
        let carrier = Carrier::inject(&local_context(7, 8, TraceFlags::SAMPLED));
        info_span!("outer").in_scope(|| {
            carrier.run(|| {
                assert_eq!(Carrier::current(), carrier);
                let inner = info_span!("inner");
                inner.in_scope(|| assert_eq!(Carrier::current(), carrier_of(&inner)));
            });
        });
    }
}

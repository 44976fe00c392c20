//! Log lines of a worker show the spans of its caller.

use opentelemetry_sdk::trace::Sampler;
use traced_worker::traced_worker;
use traced_worker_tests::{Layers, TestSubscriber};
use tracing::{debug_span, info, info_span};

use crate::pool;

#[traced_worker(tracing, name = "fibonacci", fields(n = n))]
fn fib(n: u64) -> u64 {
    info!("in fib");
    n
}

#[traced_worker(tracing(detached))]
fn detached(n: u64) -> u64 {
    info!("in {n}");
    n
}

#[traced_worker(tracing, level = "warn", target = "jobs", relation = root)]
fn root() {
    info!(target: "jobs", "in root");
}

fn log(layers: Layers, dispatch: impl FnOnce()) -> Vec<String> {
    let subscriber = TestSubscriber::new(layers);
    subscriber.within(dispatch);
    subscriber.lines()
}

const FMT_ALONE: fn() -> Layers = || Layers {
    spans: false,
    ..Layers::default()
};

fn dispatch_fib() {
    let pool = pool(fib::pool());
    let _handler = info_span!("handler", n = 3).entered();
    assert_eq!(pool.dispatch(3).unwrap().wait().unwrap(), 3);
}

#[test]
fn a_line_shows_the_callers_span_and_the_workers() {
    for layers in [FMT_ALONE(), Layers::default()] {
        let lines = log(layers, dispatch_fib);
        let line = "INFO handler{n=3}:fibonacci{n=3}: tracing::log_lines: in fib";
        assert_eq!(lines, [line], "{layers:?}");
    }
}

#[test]
fn a_line_shows_them_without_context_activation() {
    let layers = Layers {
        activation: false,
        ..Layers::default()
    };
    let lines = log(layers, dispatch_fib);
    let line = "INFO handler{n=3}:fibonacci{n=3}: tracing::log_lines: in fib";
    assert_eq!(lines, [line]);
}

#[test]
fn a_line_of_an_unsampled_worker_shows_them() {
    let subscriber = TestSubscriber::with_sampler(Layers::default(), Sampler::AlwaysOff);
    subscriber.within(dispatch_fib);
    let line = "INFO handler{n=3}:fibonacci{n=3}: tracing::log_lines: in fib";
    assert_eq!(subscriber.lines(), [line]);
    assert!(subscriber.recorder.spans().is_empty());
}

#[test]
fn a_line_shows_all_spans_of_the_caller() {
    let lines = log(Layers::default(), || {
        let pool = pool(fib::pool());
        let _outer = info_span!("outer").entered();
        let _inner = debug_span!("inner", path = "/").entered();
        pool.call(1).unwrap();
    });
    let line = "INFO outer:inner{path=\"/\"}:fibonacci{n=1}: tracing::log_lines: in fib";
    assert_eq!(lines, [line]);
}

#[test]
fn a_line_of_a_detached_worker_shows_its_own_span() {
    let lines = log(Layers::default(), || {
        let pool = pool(detached::pool());
        let _handler = info_span!("handler").entered();
        pool.dispatch(2).unwrap().wait().unwrap();
    });
    assert_eq!(lines, ["INFO detached: tracing::log_lines: in 2"]);
}

#[test]
fn a_line_of_a_root_shows_its_own_span() {
    let lines = log(Layers::default(), || {
        let pool = pool(root::pool());
        let _handler = info_span!("handler").entered();
        pool.dispatch(()).unwrap().wait().unwrap();
    });
    assert_eq!(lines, ["INFO root: jobs: in root"]);
}

#[test]
fn a_line_outside_of_any_span_shows_the_workers() {
    let lines = log(Layers::default(), || {
        pool(fib::pool()).dispatch(4).unwrap().wait().unwrap();
    });
    assert_eq!(lines, ["INFO fibonacci{n=4}: tracing::log_lines: in fib"]);
}

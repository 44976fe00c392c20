//! The ends of a job: an output, an error, a panic.

use std::time::Duration;

use opentelemetry::trace::Status;
use traced_worker::{StartError, traced_worker};
use traced_worker_tests::{Recorder, attribute};

use crate::support::{Drops, Gate, Yields, multi_thread, on_each_runtime, pool};

#[traced_worker]
async fn parse(text: String) -> Result<u32, std::num::ParseIntError> {
    Yields(2).await;
    text.parse()
}

#[test]
fn an_error_is_recorded_and_returned() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, parse::pool());
        let handles = ["7", "seven"].map(|text| pool.dispatch(text.to_owned()).unwrap());
        let [seven, wrong] = handles.map(|handle| runtime.block_on(handle).unwrap());
        assert_eq!(seven, Ok(7));
        wrong.unwrap_err();
        let [good, bad] = &*recorder.named("parse") else {
            panic!("two spans");
        };
        assert_eq!(good.status, Status::Unset);
        assert_eq!(bad.status, Status::error("invalid digit found in string"));
        let stats = pool.stats();
        assert_eq!((stats.completed, stats.failed), (1, 1));
    });
}

#[traced_worker]
async fn panic_after(yields: usize) {
    Yields(yields).await;
    panic!("out of cheese");
}

#[test]
fn a_panic_is_caught_and_the_pool_lives_on() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, panic_after::pool());
        for yields in [0, 1, 3] {
            let error = runtime
                .block_on(pool.dispatch(yields).unwrap())
                .unwrap_err();
            assert_eq!(error.to_string(), "the worker panicked: out of cheese");
        }
        for span in recorder.named("panic_after") {
            assert_eq!(span.status, Status::error("out of cheese"));
            assert_eq!(attribute(&span, "error.type"), Some(&"panic".into()));
        }
        assert_eq!(pool.stats().panicked, 3);
        assert_eq!(recorder.named("panic_after").len(), 3);
    });
}

/// Code that runs when the function is called, before there is a future.
struct PanicsInFields;

impl std::fmt::Display for PanicsInFields {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("in a field")
    }
}

#[traced_worker(fields(field = %_message))]
async fn field(_message: PanicsInFields) -> u32 {
    7
}

#[test]
fn a_field_that_panics_costs_the_field_only() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, field::pool());
    let handle = pool.dispatch(PanicsInFields).unwrap();
    assert_eq!(runtime.block_on(handle).unwrap(), 7);
    let span = recorder.only("field");
    let value = attribute(&span, "field").unwrap();
    assert!(value.as_str().contains("panicked"), "{value}");
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

#[traced_worker]
async fn drop_late(message: (PanicsInDrop, Gate)) {
    let (held, gate) = message;
    // Held across the await point, and dropped when the future is.
    gate.await;
    drop(held);
}

#[test]
fn a_destructor_that_panics_ends_its_own_job_only() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, drop_late::pool());
        for _ in 0..2 {
            let gate = Gate::default();
            let handle = pool.dispatch((PanicsInDrop, gate.clone())).unwrap();
            let error = runtime.block_on(async {
                gate.wait_for(1).await;
                handle.cancel();
                handle.await.unwrap_err()
            });
            assert!(error.is_cancelled());
        }
        assert_eq!(pool.stats().cancelled, 2);
        assert_eq!(recorder.named("drop_late").len(), 2);
    });
}

#[traced_worker]
async fn keep(_guard: crate::support::DropGuard) {}

#[test]
fn messages_without_a_reply_are_run() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, keep::pool());
        let drops = Drops::default();
        pool.send(drops.guard()).unwrap();
        pool.try_send(drops.guard()).unwrap();
        pool.send_timeout(drops.guard(), Duration::from_secs(1))
            .unwrap();
        runtime.block_on(async {
            pool.send_async(drops.guard()).await.unwrap();
            while pool.stats().completed < 4 {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(drops.get(), 4);
        let report = pool.shutdown(Duration::from_secs(10));
        assert_eq!(report.completed, 4);
    });
}

#[test]
fn a_pool_needs_a_runtime() {
    assert!(matches!(parse::pool().start(), Err(StartError::NoRuntime)));
    let handle = multi_thread(1).handle().clone();
    let started = parse::pool().runtime(&handle).start();
    assert!(matches!(started, Err(StartError::NoRuntime)), "{started:?}");
    let runtime = multi_thread(1);
    let _entered = runtime.enter();
    let started = parse::pool().concurrency(0).start();
    assert!(matches!(started, Err(StartError::NoConcurrency)));
    let started = parse::pool().concurrency(usize::MAX).start();
    assert!(matches!(
        started,
        Err(StartError::TooMuchConcurrency { .. })
    ));
}

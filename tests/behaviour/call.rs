//! `call`: a span around dispatch and wait.

use std::time::Duration;

use opentelemetry::trace::{Status, Tracer as _};
use pollster::block_on;
use traced_worker::{CallError, CallTimeoutError, JobError, Pool, traced_worker};
use traced_worker_tests::{Latch, Recorder, attribute, event_attribute, latch};

#[traced_worker(name = "worker_process", caller = "process_data")]
fn process(text: String) -> Result<u32, std::num::ParseIntError> {
    assert!(text != "panic", "deliberate");
    text.parse()
}

#[traced_worker]
fn plain() {}

fn pool(recorder: &Recorder) -> Pool<process> {
    recorder.pool(process::pool())
}

/// Runs `test` with `call`, `call_async` and `call_timeout`.
fn each(
    test: impl Fn(
        &Recorder,
        &dyn Fn(&Pool<process>, &str) -> Result<Result<u32, ()>, CallError<String>>,
    ),
) {
    let output =
        |it: Result<Result<u32, std::num::ParseIntError>, _>| it.map(|it| it.map_err(drop));
    test(&Recorder::new(), &|pool, text| {
        output(pool.call(text.to_owned()))
    });
    test(&Recorder::new(), &|pool, text| {
        output(block_on(pool.call_async(text.to_owned())))
    });
    test(&Recorder::new(), &|pool, text| {
        let called = pool.call_timeout(text.to_owned(), Duration::MAX);
        output(called.map_err(|error| match error {
            CallTimeoutError::Closed(text) => CallError::Closed(text),
            CallTimeoutError::Job(error) => CallError::Job(error),
            other => panic!("{other:?}"),
        }))
    });
}

#[test]
fn the_worker_span_is_a_child_of_the_callers_span() {
    each(|recorder, call| {
        let pool = pool(recorder);
        recorder.tracer().in_span("root", |_| {
            assert_eq!(call(&pool, "7").unwrap(), Ok(7));
        });
        let caller = recorder.only("process_data");
        Recorder::assert_child(&recorder.only("worker_process"), &caller);
        Recorder::assert_child(&caller, &recorder.only("root"));
        assert_eq!(caller.status, Status::Unset);
    });
}

#[test]
fn an_error_is_recorded_on_both_spans() {
    each(|recorder, call| {
        let pool = pool(recorder);
        assert!(call(&pool, "seven").unwrap().is_err());
        for name in ["process_data", "worker_process"] {
            let span = recorder.only(name);
            assert_eq!(span.status, Status::error("invalid digit found in string"));
            assert!(
                attribute(&span, "error.type")
                    .unwrap()
                    .to_string()
                    .ends_with("ParseIntError")
            );
            assert!(event_attribute(&span, "exception", "exception.type").is_some());
        }
    });
}

#[test]
fn a_panic_is_recorded_on_both_spans() {
    each(|recorder, call| {
        let pool = pool(recorder);
        let Err(CallError::Job(JobError::Panicked(panic))) = call(&pool, "panic") else {
            panic!("the panic is returned");
        };
        assert_eq!(panic.message(), "deliberate");
        for name in ["process_data", "worker_process"] {
            let span = recorder.only(name);
            assert_eq!(span.status, Status::error("deliberate"));
            assert_eq!(attribute(&span, "error.type").unwrap().to_string(), "panic");
        }
    });
}

#[test]
fn a_closed_pool_hands_the_message_back_and_is_recorded_on_the_callers_span() {
    each(|recorder, call| {
        let pool = pool(recorder);
        pool.shutdown(Duration::MAX);
        assert!(matches!(call(&pool, "7"), Err(CallError::Closed(text)) if text == "7"));
        let span = recorder.only("process_data");
        assert_eq!(
            attribute(&span, "error.type").unwrap().to_string(),
            "closed"
        );
    });
}

#[test]
fn without_a_caller_name_the_callers_span_is_named_after_the_worker() {
    let recorder = Recorder::new();
    let pool = recorder.pool(plain::pool());
    pool.call(()).unwrap();
    Recorder::assert_child(&recorder.only("plain"), &recorder.only("call plain"));
}

#[test]
fn a_dropped_call_async_ends_its_span() {
    let recorder = Recorder::new();
    let pool = pool(&recorder);
    drop(pool.call_async("7".to_owned()));
    assert_eq!(recorder.named("process_data").len(), 1);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 0);
}

#[traced_worker(caller = "hold_data")]
fn hold(latch: Latch) -> u32 {
    latch.hold();
    7
}

/// A short time, in which nothing happens that the test did not release.
const SHORT: Duration = Duration::from_millis(1);

#[test]
fn a_call_that_timed_out_returns_the_handle_of_its_job() {
    let recorder = Recorder::new();
    let pool = recorder.pool(hold::pool());
    let (latch, release) = latch();
    let Err(CallTimeoutError::Pending(handle)) = pool.call_timeout(latch, SHORT) else {
        panic!("the worker is held");
    };
    let caller = recorder.only("hold_data");
    assert_eq!(
        caller.status,
        Status::error("the job has not ended before the timeout")
    );
    let error_type = attribute(&caller, "error.type").unwrap();
    assert_eq!(error_type.to_string(), "timeout");
    release.wait_until_held();
    release.release();
    assert_eq!(handle.wait().unwrap(), 7);
    Recorder::assert_child(&recorder.only("hold"), &caller);
}

#[test]
fn a_call_with_a_timeout_hands_the_message_back_while_the_queue_is_full() {
    let recorder = Recorder::new();
    let pool = recorder.pool(hold::pool().queue_capacity(1));
    let (first, release) = latch();
    pool.send(first).unwrap();
    release.wait_until_held();
    pool.send(latch().0).unwrap();
    let (second, release_second) = latch();
    let Err(CallTimeoutError::Full(second)) = pool.call_timeout(second, SHORT) else {
        panic!("the queue is full");
    };
    let caller = recorder.only("hold_data");
    assert_eq!(
        attribute(&caller, "error.type").unwrap().to_string(),
        "timeout"
    );
    release.release();
    release_second.release();
    assert_eq!(pool.call_timeout(second, Duration::MAX).unwrap(), 7);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
}

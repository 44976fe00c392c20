//! `call`: a span around dispatch and wait.

use std::time::Duration;

use opentelemetry::trace::{Status, Tracer as _};
use pollster::block_on;
use traced_worker::{CallError, JobError, Pool, traced_worker};
use traced_worker_tests::{Recorder, attribute, event_attribute};

#[traced_worker(name = "worker_process", caller = "process_data")]
fn process(text: String) -> Result<u32, std::num::ParseIntError> {
    assert!(text != "panic", "asked to panic");
    text.parse()
}

#[traced_worker]
fn plain() {}

fn pool(recorder: &Recorder) -> Pool<process> {
    process::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap()
}

fn both(
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
}

#[test]
fn the_worker_span_is_a_child_of_the_caller_span() {
    both(|recorder, call| {
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
fn an_error_stands_on_both_spans() {
    both(|recorder, call| {
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
fn a_panic_stands_on_both_spans() {
    both(|recorder, call| {
        let pool = pool(recorder);
        let Err(CallError::Job(JobError::Panicked(panic))) = call(&pool, "panic") else {
            panic!("the panic is returned");
        };
        assert_eq!(panic.message(), "asked to panic");
        for name in ["process_data", "worker_process"] {
            let span = recorder.only(name);
            assert_eq!(span.status, Status::error("asked to panic"));
            assert_eq!(attribute(&span, "error.type").unwrap().to_string(), "panic");
        }
    });
}

#[test]
fn a_closed_pool_hands_the_message_back_and_the_span_says_so() {
    both(|recorder, call| {
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
fn without_a_name_for_it_the_caller_span_is_named_after_the_worker() {
    let recorder = Recorder::new();
    let pool = plain::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    pool.call(()).unwrap();
    Recorder::assert_child(&recorder.only("plain"), &recorder.only("call plain"));
}

#[test]
fn a_call_that_is_given_up_ends_its_span() {
    let recorder = Recorder::new();
    let pool = pool(&recorder);
    drop(pool.call_async("7".to_owned()));
    assert_eq!(recorder.named("process_data").len(), 1);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 0);
}

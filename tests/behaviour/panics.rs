//! A panic of a worker: caught, recorded, returned; the thread lives on.

use std::panic::panic_any;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::Status;
use traced_worker::{JobError, traced_worker};
use traced_worker_tests::{Recorder, attribute, event_attribute};

#[traced_worker]
fn explode(how: &'static str) -> String {
    match how {
        "str" => panic!("a str"),
        "string" => panic!("a String of {} letters", how.len()),
        "other" => panic_any(42_u64),
        _ => format!("{:?}", thread::current().id()),
    }
}

#[test]
fn every_payload_is_caught_and_recorded_and_the_thread_lives_on() {
    let recorder = Recorder::new();
    let pool = recorder.pool(explode::pool());
    let thread = pool.dispatch("").unwrap().wait().unwrap();
    for (how, message) in [
        ("str", "a str"),
        ("string", "a String of 6 letters"),
        ("other", "a panic whose payload is not text"),
    ] {
        let Err(JobError::Panicked(panic)) = pool.dispatch(how).unwrap().wait() else {
            panic!("the panic is returned");
        };
        assert_eq!(panic.message(), message);
        if how == "other" {
            assert_eq!(panic.into_payload().downcast_ref(), Some(&42_u64));
        }
        let spans = recorder.named("explode");
        let span = spans.last().unwrap();
        assert_eq!(span.status, Status::error(message));
        assert_eq!(attribute(span, "error.type").unwrap().to_string(), "panic");
        let event = |key| event_attribute(span, "exception", key);
        assert_eq!(event("exception.type").as_deref(), Some("panic"));
        assert_eq!(event("exception.message").as_deref(), Some(message));
        assert_eq!(
            pool.dispatch("").unwrap().wait().unwrap(),
            thread,
            "the same thread"
        );
    }
    let stats = pool.stats();
    assert_eq!((stats.completed, stats.panicked, stats.running), (4, 3, 0));
    assert_eq!(pool.shutdown(Duration::MAX).panicked, 3);
}

#[test]
fn a_panic_is_an_error_that_question_mark_takes() {
    fn run() -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let pool = explode::pool().threads(1).start()?;
        Ok(pool.dispatch("str")?.wait()?)
    }
    assert_eq!(run().unwrap_err().to_string(), "the worker panicked: a str");
}

#[derive(Debug)]
struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[traced_worker]
fn bomb(_number: u32) -> PanicsWhenDropped {
    PanicsWhenDropped
}

#[test]
fn an_output_that_panics_when_dropped_does_not_end_the_thread() {
    let pool = bomb::pool().threads(1).start().unwrap();
    pool.send(1).unwrap();
    pool.send(2).unwrap();
    let report = pool.shutdown(Duration::MAX);
    assert_eq!(report.completed, 2);
}

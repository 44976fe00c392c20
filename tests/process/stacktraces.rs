//! Stack traces, where `RUST_BACKTRACE` asks for them: in a child process that has it set.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use traced_worker::traced_worker;
use traced_worker_tests::{Recorder, event_attribute};

#[traced_worker]
fn panics() {
    a_telling_name();
}

#[inline(never)]
fn a_telling_name() {
    panic!("here");
}

#[traced_worker]
fn fails() -> Result<(), String> {
    Err("failed".to_owned())
}

fn stacktraces() -> [Option<String>; 2] {
    let recorder = Recorder::new();
    let pool = panics::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    assert!(pool.dispatch(()).unwrap().wait().is_err());
    let pool = fails::pool()
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    assert!(pool.dispatch(()).unwrap().wait().unwrap().is_err());
    ["panics", "fails"]
        .map(|name| event_attribute(&recorder.only(name), "exception", "exception.stacktrace"))
}

const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

#[test]
fn only_where_they_are_asked_for() {
    if std::env::var_os(CHILD).is_some() {
        let asked = std::env::var("RUST_BACKTRACE").as_deref() == Ok("1");
        let [panic, error] = stacktraces();
        assert_eq!((panic.is_some(), error.is_some()), (asked, asked));
        assert!(panic.is_none_or(|panic| panic.contains("a_telling_name")));
        return;
    }
    for value in ["1", "0"] {
        let output = Command::new(std::env::current_exe().unwrap())
            .env(CHILD, "1")
            .env("RUST_BACKTRACE", value)
            .env_remove("RUST_LIB_BACKTRACE")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "RUST_BACKTRACE={value}: {text}");
        assert!(text.contains("1 passed"), "{text}");
    }
}

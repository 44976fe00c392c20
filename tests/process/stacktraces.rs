//! Stack traces of panics: only where `panic_backtraces` asks for them, whatever `RUST_BACKTRACE` is.
//! In a child process for each value, because the panic hook belongs to the process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::thread;

use traced_worker::{PoolBuilder, SyncWorker, traced_worker};
use traced_worker_tests::{Recorder, event_attribute};

#[traced_worker]
fn panics() {
    panic_here();
}

#[inline(never)]
fn panic_here() {
    panic!("here");
}

#[traced_worker]
fn fails() -> Result<(), String> {
    Err("failed".to_owned())
}

/// Runs one message, and returns the stack trace on its span.
fn stacktrace<W: SyncWorker<Message = (), State = ()>>(pool: PoolBuilder<W>) -> Option<String> {
    let recorder = Recorder::new();
    let pool = recorder.pool(pool);
    drop(pool.dispatch(()).unwrap().wait());
    let span = recorder.only(W::METADATA.name());
    assert!(event_attribute(&span, "exception", "exception.type").is_some());
    event_attribute(&span, "exception", "exception.stacktrace")
}

fn assert_stacktraces() {
    assert_eq!(stacktrace(panics::pool()), None, "nothing asked for it");
    assert_eq!(stacktrace(fails::pool()), None);
    let panic = stacktrace(panics::pool().panic_backtraces()).unwrap();
    assert!(panic.contains("panic_here"), "{panic}");
    assert_eq!(
        stacktrace(fails::pool().panic_backtraces()),
        None,
        "an error has none"
    );
}

/// Starts a pool with stack traces in a destructor that runs because the thread panics.
struct StartsWhenDropped;

impl Drop for StartsWhenDropped {
    fn drop(&mut self) {
        assert!(thread::panicking());
        let pool = panics::pool().threads(1).panic_backtraces().start();
        assert!(pool.unwrap().dispatch(()).unwrap().wait().is_err());
    }
}

fn assert_a_pool_can_be_started_while_unwinding() {
    let unwinding = thread::spawn(|| {
        let _starts = StartsWhenDropped;
        panic_here();
    });
    let payload = unwinding.join().unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"here"), "no other panic");
}

const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

#[test]
fn stack_traces_are_recorded_only_where_the_pool_has_them() {
    if std::env::var_os(CHILD).is_some() {
        assert_a_pool_can_be_started_while_unwinding();
        assert_stacktraces();
        return;
    }
    for value in ["1", "0"] {
        let output = Command::new(std::env::current_exe().unwrap())
            .env_clear()
            .env(CHILD, "1")
            .env("RUST_BACKTRACE", value)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "RUST_BACKTRACE={value}: {text}");
        assert!(text.contains("1 passed"), "{text}");
    }
}

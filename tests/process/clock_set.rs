//! A wall clock that is set while workers run. In a child process, whose clock libfaketime makes: its
//! path is in `TRACED_WORKER_FAKETIME`. Without the variable there is nothing to test.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use opentelemetry::Value;
use traced_worker::traced_worker;
use traced_worker_tests::{HANGS, Recorder, attribute, wait_until};

const LIBRARY: &str = "TRACED_WORKER_FAKETIME";

/// The file that sets the clock of the child.
const CLOCK: &str = "FAKETIME_TIMESTAMP_FILE";

const HALF: Duration = Duration::from_secs(1800);

/// Sets the clock, and waits until it is set.
#[traced_worker]
fn set(offset: &'static str) {
    let before = SystemTime::now();
    fs::write(std::env::var_os(CLOCK).unwrap(), offset).unwrap();
    wait_until(|| match SystemTime::now().duration_since(before) {
        Ok(passed) => passed > HALF,
        Err(error) => error.duration() > HALF,
    });
}

fn set_the_clock() {
    for offset in ["-1h", "+1h"] {
        let recorder = Recorder::new();
        let pool = recorder.pool(set::pool());
        // The second waits while the first sets the clock; it sets it back.
        let handles = [offset, "+0"].map(|offset| pool.dispatch(offset).unwrap());
        for handle in handles {
            handle.wait().unwrap();
        }
        for span in recorder.named("set") {
            let lasted = span.end_time.duration_since(span.start_time);
            assert!(lasted.unwrap() < HANGS, "{offset}: {span:?}");
            let Some(Value::F64(wait)) = attribute(&span, "traced_worker.queue.wait") else {
                panic!("the wait is recorded");
            };
            assert!(
                (0.0..HANGS.as_secs_f64()).contains(wait),
                "{offset}: {wait}"
            );
        }
    }
}

const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

#[test]
fn a_clock_that_is_set_changes_no_duration() {
    if std::env::var_os(CHILD).is_some() {
        return set_the_clock();
    }
    let Some(library) = std::env::var_os(LIBRARY) else {
        println!("{LIBRARY} is not set");
        return;
    };
    let clock = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("clock");
    fs::write(&clock, "+0").unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args([
            "a_clock_that_is_set_changes_no_duration",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD, "")
        .env(CLOCK, clock)
        .env("LD_PRELOAD", library)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .status()
        .unwrap();
    assert!(status.success(), "{status}");
}

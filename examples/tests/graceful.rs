//! A stress test of SIGTERM: no process loses a message or a span.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

const ROUNDS: usize = 4;
const PROCESSES: usize = 25;

#[test]
fn a_hundred_processes_end_gracefully() {
    for _ in 0..ROUNDS {
        thread::scope(|scope| {
            for _ in 0..PROCESSES {
                scope.spawn(terminated_gracefully);
            }
        });
    }
}

/// Sends SIGTERM as soon as the program has said that it works.
fn terminated_gracefully() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_graceful"))
        .env_clear()
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("working"), "{first}");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();

    let report = lines.last().unwrap().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{report}");
    let (jobs, spans) = report.split_once("; spans: ").unwrap();
    assert!(
        jobs.ends_with(" completed, 0 failed, 0 panicked, 0 abandoned"),
        "{report}"
    );
    assert!(spans.ends_with(" exported, 0 dropped"), "{report}");
}

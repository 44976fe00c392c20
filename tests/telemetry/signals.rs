//! Tests of SIGTERM and SIGINT under load.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, RandomState};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::child_process::ChildProcess;
use crate::receiver::{Answer, Receiver};

const ROUNDS: usize = 30;

/// The variable that repeats a run of these rounds.
const SEED: &str = "TRACED_WORKER_SEED";

/// Returns the seed of this run, which it prints: the one that is set, else a new one.
fn seed() -> u64 {
    let set = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = set.unwrap_or_else(|| RandomState::new().hash_one(0));
    println!("{SEED}={seed}");
    seed
}

/// Returns the moment of the signal in this round.
fn delay(seed: u64, round: usize) -> Duration {
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    Duration::from_micros(hasher.hash_one((seed, round)) % 200_000)
}

#[test]
fn a_signal_under_load_loses_nothing_uncounted() {
    let seed = seed();
    for round in 0..ROUNDS {
        let receiver = Receiver::start(200);
        let endpoint = receiver.url("");
        let mut variables = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("TEST_PROGRAM_THREADS", "4"),
        ];
        let waits = round % 2 == 1;
        if waits {
            variables.push(("TEST_PROGRAM_EXPORTER_TIMEOUT_MS", "60000"));
        }
        // In the first rounds the export queue is too small for the load.
        variables.push((
            "OTEL_BSP_MAX_QUEUE_SIZE",
            if round < 20 { "8" } else { "2048" },
        ));
        let mut child = ChildProcess::start(&variables);
        // More dispatchers than the queue holds messages: some are always blocked.
        assert_eq!(child.send("load 80"), "loading");
        // This is about a random moment, not about an event.
        thread::sleep(delay(seed, round));
        child.signal(if round % 3 == 0 {
            Signal::INT
        } else {
            Signal::TERM
        });

        let exit = child.wait_for_exit();
        assert_eq!(exit.code, Some(0), "round {round}: {exit:?}");
        exit.assert_adds_up();
        assert_eq!(exit.get("running"), 0, "{exit:?}");
        assert_eq!(exit.get("abandoned"), 0, "{exit:?}");
        assert_eq!(
            receiver.spans(),
            exit.get("ended") - exit.get("dropped"),
            "{exit:?}"
        );
        assert!(!waits || exit.get("dropped") == 0, "{exit:?}");
        println!("round {round}: {}", exit.line);
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    for (second, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let (_never, held) = Answer::held();
        let receiver = Receiver::answering(move |_| held.clone());
        let mut child = ChildProcess::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000"),
            ("TEST_PROGRAM_TIMEOUT_MS", "3600000"),
        ]);
        assert_eq!(child.send("run 10"), "ran 10");
        child.signal(Signal::TERM);
        // The shutdown has begun, and waits for a collector that never answers.
        receiver.wait_for(1);
        child.signal(second);
        let exit = child.wait_for_exit();
        assert_eq!(exit.code, Some(code));
        assert_eq!(exit.line, "", "it does not get to its report");
    }
}

#[test]
fn a_worker_that_never_returns_costs_its_own_span_and_no_other() {
    let receiver = Receiver::start(200);
    let mut child = ChildProcess::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        ("TEST_PROGRAM_TIMEOUT_MS", "8000"),
    ]);
    assert_eq!(child.send("hang"), "hanging");
    assert_eq!(child.send("run 100"), "ran 100");
    child.signal(Signal::TERM);
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    assert_eq!(
        (exit.get("completed"), exit.get("running")),
        (100, 1),
        "{exit:?}"
    );
    // A part of the timeout was kept for the flush.
    assert_eq!(
        (exit.get("exported"), exit.get("dropped")),
        (100, 0),
        "{exit:?}"
    );
    assert_eq!(receiver.spans(), 100);
    assert_eq!(exit.code, Some(1), "a message was not run to its end");
    let end = "1 still open; a pool timed out; the wait for open spans timed out";
    assert!(
        exit.line.contains("1 still running") && exit.line.ends_with(end),
        "{}",
        exit.line
    );
}

#[test]
fn a_root_span_that_is_open_at_the_signal_is_waited_for() {
    let receiver = Receiver::start(200);
    let endpoint = receiver.url("");
    let mut child = ChildProcess::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert_eq!(child.send("open"), "opened");
    child.signal(Signal::TERM);
    // The program ends it once the shutdown has closed the pool.
    assert_eq!(child.send("end"), "ended");
    let exit = child.wait_for_exit();
    assert_eq!(exit.code, Some(0), "{exit:?}");
    let counts = ["ended", "exported", "open"].map(|name| exit.get(name));
    assert_eq!(counts, [2, 2, 0], "the root and its worker: {exit:?}");
    assert_eq!(receiver.spans(), 2);
}

#[test]
fn a_root_span_that_never_ends_is_reported_and_costs_no_other() {
    let receiver = Receiver::start(200);
    let mut child = ChildProcess::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        ("TEST_PROGRAM_TIMEOUT_MS", "8000"),
    ]);
    assert_eq!(child.send("open"), "opened");
    child.signal(Signal::TERM);
    let exit = child.wait_for_exit();
    let counts = ["ended", "exported", "open"].map(|name| exit.get(name));
    assert_eq!(counts, [1, 1, 1], "{exit:?}");
    assert_eq!(receiver.spans(), 1);
    let end = "1 exported, 0 dropped, 1 still open; the wait for open spans timed out";
    assert!(exit.line.ends_with(end), "{}", exit.line);
    assert_eq!(exit.code, Some(1), "a step timed out");
}

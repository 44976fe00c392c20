//! SIGTERM and SIGINT, under load.

use std::hash::{BuildHasher as _, RandomState};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use crate::puppet::Puppet;
use crate::receiver::{Answer, Receiver};

const ROUNDS: usize = 30;

/// A number below `end`, another one each time.
fn random(end: u64) -> u64 {
    RandomState::new().hash_one(0) % end
}

#[test]
fn a_signal_under_load_loses_nothing_uncounted() {
    let mut dropped = 0;
    for round in 0..ROUNDS {
        let receiver = Receiver::start(200);
        let endpoint = receiver.url("");
        let mut variables = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OBSERVED_THREADS", "4"),
        ];
        let waits = round % 2 == 1;
        if waits {
            variables.push(("OBSERVED_PATIENCE_MS", "60000"));
        }
        // Too few places for the load.
        variables.push((
            "OTEL_BSP_MAX_QUEUE_SIZE",
            if round < 20 { "8" } else { "2048" },
        ));
        let mut puppet = Puppet::start(&variables);
        // More dispatchers than the queue has places: some are always blocked.
        assert_eq!(puppet.tell("load 80"), "loading");
        // A random moment is what this is about, not one that could be waited for.
        thread::sleep(Duration::from_micros(random(200_000)));
        puppet.signal(if round % 3 == 0 {
            Signal::INT
        } else {
            Signal::TERM
        });

        let ended = puppet.ended();
        assert_eq!(ended.code, Some(0), "round {round}: {ended:?}");
        ended.assert_adds_up();
        assert_eq!(ended.get("running"), 0, "{ended:?}");
        assert_eq!(ended.get("abandoned"), 0, "{ended:?}");
        assert_eq!(
            receiver.spans(),
            ended.get("ended") - ended.get("dropped"),
            "{ended:?}"
        );
        assert!(!waits || ended.get("dropped") == 0, "{ended:?}");
        println!("round {round}: {}", ended.line);
        dropped += ended.get("dropped");
    }
    assert!(
        dropped > 0,
        "no round was under so much load that spans were dropped"
    );
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    for (second, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let (_never, held) = Answer::held();
        let receiver = Receiver::answering(move |_| held.clone());
        let mut puppet = Puppet::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000"),
            ("OBSERVED_DEADLINE_MS", "3600000"),
        ]);
        assert_eq!(puppet.tell("run 10"), "ran 10");
        puppet.signal(Signal::TERM);
        // The shutdown is under way, and waits for a collector that never answers.
        receiver.wait_for(1);
        puppet.signal(second);
        let ended = puppet.ended();
        assert_eq!(ended.code, Some(code));
        assert_eq!(ended.line, "", "it does not get to its report");
    }
}

#[test]
fn a_worker_that_never_returns_costs_its_own_span_and_no_other() {
    let receiver = Receiver::start(200);
    let mut puppet = Puppet::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        ("OBSERVED_DEADLINE_MS", "2000"),
    ]);
    assert_eq!(puppet.tell("hang"), "hanging");
    assert_eq!(puppet.tell("run 100"), "ran 100");
    puppet.signal(Signal::TERM);
    let ended = puppet.ended();
    ended.assert_adds_up();
    assert_eq!(
        (ended.get("completed"), ended.get("running")),
        (100, 1),
        "{ended:?}"
    );
    // The time that the flush needs was not spent on waiting for the worker.
    assert_eq!(
        (ended.get("exported"), ended.get("dropped")),
        (100, 0),
        "{ended:?}"
    );
    assert_eq!(receiver.spans(), 100);
    assert_eq!(ended.code, Some(1), "a message was not run to its end");
    assert!(
        ended.line.contains("1 still running") && ended.line.ends_with("1 still open"),
        "{}",
        ended.line
    );
}

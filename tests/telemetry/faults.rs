//! Tests with a collector that fails: workers go on, and lost spans are counted.

use std::time::Duration;

use crate::child_process::{ChildProcess, Exit};
use crate::receiver::{Answer, Receiver, free_port};

/// A number of messages whose spans fit into the queue.
const SOME: u64 = 600;

fn start(receiver: &Receiver) -> ChildProcess {
    ChildProcess::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))])
}

fn stopped(mut child: ChildProcess) -> Exit {
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    assert_eq!(exit.code, Some(0), "{exit:?}");
    exit
}

#[track_caller]
fn nothing_is_lost(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Receiver {
    let receiver = Receiver::answering(script);
    let mut child = start(&receiver);
    assert_eq!(child.send("run 600"), "ran 600");
    let exit = stopped(child);
    assert_eq!(
        (exit.get("exported"), exit.get("dropped")),
        (SOME, 0),
        "{exit:?}"
    );
    let end = "spans: 600 ended, 600 exported, 0 dropped";
    assert!(exit.line.ends_with(end), "{}", exit.line);
    assert_eq!(receiver.spans(), SOME);
    receiver
}

#[track_caller]
fn everything_is_lost(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Exit {
    let receiver = Receiver::answering(script);
    let mut child = start(&receiver);
    assert_eq!(child.send("run 600"), "ran 600");
    let exit = stopped(child);
    assert_eq!(
        (exit.get("exported"), exit.get("export_failed")),
        (0, SOME),
        "{exit:?}"
    );
    assert_eq!(receiver.spans(), 0);
    exit
}

#[test]
fn a_collector_that_is_slow_loses_nothing() {
    nothing_is_lost(|_| Answer::Slow(Duration::from_millis(200)));
}

#[test]
fn a_collector_that_is_slower_than_the_sdk_s_own_flush_loses_nothing() {
    // The SDK gives up after 5 s.
    let receiver = nothing_is_lost(|_| Answer::Slow(Duration::from_millis(5500)));
    assert_eq!(receiver.sent(), SOME, "nothing is sent twice");
}

#[test]
fn a_refused_export_is_repeated_after_retry_after() {
    for status in [429, 503] {
        let receiver = nothing_is_lost(move |request| match request {
            0 => Answer::RetryAfter(status, 1),
            _ => Answer::Status(200),
        });
        assert!(receiver.sent() > SOME, "{status}");
    }
    // Also without `Retry-After`, and for the answers of a gateway.
    for status in [429, 502, 503, 504] {
        nothing_is_lost(move |request| Answer::Status(if request < 2 { status } else { 200 }));
    }
}

#[test]
fn a_connection_that_breaks_is_made_again() {
    for broken in [Answer::HangUp, Answer::Garbage] {
        let receiver = nothing_is_lost(move |request| match request {
            1 => broken.clone(),
            _ => Answer::Status(200),
        });
        assert!(receiver.sent() > SOME);
    }
}

#[test]
fn spans_that_are_refused_for_good_are_lost_and_the_report_has_the_reason() {
    for status in [400, 401, 404, 500] {
        let exit = everything_is_lost(move |_| Answer::Status(status));
        let reason = format!("/v1/traces (OTEL_EXPORTER_OTLP_ENDPOINT) answered {status} ");
        assert!(exit.line.contains(&reason), "{}", exit.line);
    }
}

#[test]
fn spans_whose_export_fails_each_time_are_lost() {
    everything_is_lost(|_| Answer::Status(503));
    everything_is_lost(|_| Answer::HangUp);
    everything_is_lost(|_| Answer::Garbage);
}

#[test]
fn a_retry_after_beyond_the_timeout_is_not_waited_for() {
    // If it were waited for, this test would take an hour.
    everything_is_lost(|_| Answer::RetryAfter(429, 3600));
}

#[test]
fn workers_do_not_wait_for_a_collector_that_does_not_answer() {
    let (release, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut child = start(&receiver);
    // More than the queue and a batch hold, while no request is answered.
    assert_eq!(child.send("run 5000"), "ran 5000");
    receiver.wait_for(1);
    drop(release);
    let exit = stopped(child);
    assert!(exit.get("queue_full") >= 5000 - 2048 - 512, "{exit:?}");
    assert_eq!(exit.get("exported"), receiver.spans());
    assert!(exit.get("exported") >= 2048, "{exit:?}");
    assert!(exit.line.contains(" queue full"), "{}", exit.line);
}

#[test]
fn the_shutdown_does_not_wait_for_a_collector_longer_than_its_timeout() {
    let (_never, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut child = ChildProcess::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        // It would wait for an hour.
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000"),
        ("TEST_PROGRAM_TIMEOUT_MS", "300"),
    ]);
    assert_eq!(child.send("run 600"), "ran 600");
    let exit = stopped(child);
    assert_eq!(
        (exit.get("exported"), exit.get("at_shutdown")),
        (0, SOME),
        "{exit:?}"
    );
    assert!(exit.line.contains("still being written"), "{}", exit.line);
}

#[test]
fn a_collector_that_is_down_at_the_start_is_found_when_it_is_there() {
    let port = free_port();
    let address = port.local_addr().expect("its address");
    drop(port);
    let endpoint = format!("http://{address}");
    let mut child = ChildProcess::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert_eq!(child.send("run 600"), "ran 600");
    let failed = child.send("flush");
    assert!(failed.starts_with("flush: spans were lost: "), "{failed}");
    let port = std::net::TcpListener::bind(address).expect("the same port");
    let receiver = Receiver::on(port, |_| Answer::Status(200));
    assert_eq!(child.send("run 600"), "ran 600");
    assert_eq!(child.send("flush"), "flushed");
    let exit = stopped(child);
    assert_eq!(
        (exit.get("export_failed"), exit.get("exported")),
        (SOME, SOME)
    );
    assert_eq!(receiver.spans(), SOME);
}

#[test]
fn however_many_workers_there_are_there_is_one_connection() {
    for threads in ["1", "64"] {
        let receiver = Receiver::start(200);
        let mut child = ChildProcess::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
            ("TEST_PROGRAM_THREADS", threads),
        ]);
        for _ in 0..5 {
            assert_eq!(child.send("run 1000"), "ran 1000");
            assert_eq!(child.send("flush"), "flushed");
        }
        let exit = stopped(child);
        assert_eq!(exit.get("exported"), 5000, "{exit:?}");
        assert_eq!(receiver.connections(), 1, "{threads} threads");
    }
}

//! A collector that misbehaves: workers go on, and what is lost is counted.

use std::time::Duration;

use crate::puppet::{Ended, Puppet};
use crate::receiver::{Answer, Receiver, free_port};

/// So many messages that everything fits into the queue.
const SOME: u64 = 600;

fn observe(receiver: &Receiver) -> Puppet {
    Puppet::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url(""))])
}

fn stopped(mut puppet: Puppet) -> Ended {
    assert_eq!(puppet.tell("stop"), "stopping");
    let ended = puppet.ended();
    ended.assert_adds_up();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

#[track_caller]
fn nothing_is_lost(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Receiver {
    let receiver = Receiver::answering(script);
    let mut puppet = observe(&receiver);
    assert_eq!(puppet.tell("run 600"), "ran 600");
    let ended = stopped(puppet);
    assert_eq!(
        (ended.get("exported"), ended.get("dropped")),
        (SOME, 0),
        "{ended:?}"
    );
    let end = "spans: 600 ended, 600 exported, 0 dropped";
    assert!(ended.line.ends_with(end), "{}", ended.line);
    assert_eq!(receiver.spans(), SOME);
    receiver
}

#[track_caller]
fn everything_is_lost(script: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Ended {
    let receiver = Receiver::answering(script);
    let mut puppet = observe(&receiver);
    assert_eq!(puppet.tell("run 600"), "ran 600");
    let ended = stopped(puppet);
    assert_eq!(
        (ended.get("exported"), ended.get("not_delivered")),
        (0, SOME),
        "{ended:?}"
    );
    assert_eq!(receiver.spans(), 0);
    ended
}

#[test]
fn a_collector_that_is_slow_loses_nothing() {
    nothing_is_lost(|_| Answer::Slow(Duration::from_millis(200)));
}

#[test]
fn a_collector_that_is_slower_than_the_sdk_s_own_flush_loses_nothing() {
    // That one gives up after 5 s.
    let receiver = nothing_is_lost(|_| Answer::Slow(Duration::from_millis(5500)));
    assert_eq!(receiver.sent(), SOME, "nothing is sent twice");
}

#[test]
fn what_is_refused_for_a_while_is_sent_again_when_the_collector_says() {
    for status in [429, 503] {
        let receiver = nothing_is_lost(move |request| match request {
            0 => Answer::RetryAfter(status, 1),
            _ => Answer::Status(200),
        });
        assert!(receiver.sent() > SOME, "{status}");
    }
    // Without a time, too, and for what a gateway answers.
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
fn success_with_a_body_that_means_nothing_is_success() {
    nothing_is_lost(|_| Answer::GarbageBody);
}

#[test]
fn what_is_refused_for_good_is_lost_and_the_report_says_why() {
    for status in [400, 401, 404, 500] {
        let ended = everything_is_lost(move |_| Answer::Status(status));
        let reason = format!("status code: {status} (is a collector running where OTEL_");
        assert!(ended.line.contains(&reason), "{}", ended.line);
    }
}

#[test]
fn what_is_refused_again_and_again_is_lost() {
    everything_is_lost(|_| Answer::Status(503));
    everything_is_lost(|_| Answer::HangUp);
    everything_is_lost(|_| Answer::Garbage);
}

#[test]
fn a_retry_after_beyond_the_time_out_is_not_waited_for() {
    // It would take this test beyond any patience.
    everything_is_lost(|_| Answer::RetryAfter(429, 3600));
}

#[test]
fn workers_do_not_wait_for_a_collector_that_does_not_answer() {
    let (release, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut puppet = observe(&receiver);
    // More than the queue and a batch hold, while no request is answered.
    assert_eq!(puppet.tell("run 5000"), "ran 5000");
    receiver.wait_for(1);
    drop(release);
    let ended = stopped(puppet);
    assert!(ended.get("no_room") >= 5000 - 2048 - 512, "{ended:?}");
    assert_eq!(ended.get("exported"), receiver.spans());
    assert!(ended.get("exported") >= 2048, "{ended:?}");
    assert!(ended.line.contains(" found no room"), "{}", ended.line);
}

#[test]
fn the_shutdown_does_not_wait_for_a_collector_longer_than_its_deadline() {
    let (_never, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut puppet = Puppet::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        // It would wait for an hour.
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000"),
        ("OBSERVED_DEADLINE_MS", "300"),
    ]);
    assert_eq!(puppet.tell("run 600"), "ran 600");
    let ended = stopped(puppet);
    assert_eq!(
        (ended.get("exported"), ended.get("unsent")),
        (0, SOME),
        "{ended:?}"
    );
    assert!(ended.line.contains("still being written"), "{}", ended.line);
}

#[test]
fn a_collector_that_is_down_at_the_start_is_found_when_it_is_there() {
    let port = free_port();
    let address = port.local_addr().expect("its address");
    drop(port);
    let endpoint = format!("http://{address}");
    let mut puppet = Puppet::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]);
    assert_eq!(puppet.tell("run 600"), "ran 600");
    let failed = puppet.tell("flush");
    assert!(failed.starts_with("flush: spans were lost: "), "{failed}");
    let port = std::net::TcpListener::bind(address).expect("the same port");
    let receiver = Receiver::on(port, |_| Answer::Status(200));
    assert_eq!(puppet.tell("run 600"), "ran 600");
    assert_eq!(puppet.tell("flush"), "flushed");
    let ended = stopped(puppet);
    assert_eq!(
        (ended.get("not_delivered"), ended.get("exported")),
        (SOME, SOME)
    );
    assert_eq!(receiver.spans(), SOME);
}

#[test]
fn however_many_workers_there_are_there_is_one_connection() {
    for threads in ["1", "64"] {
        let receiver = Receiver::start(200);
        let mut puppet = Puppet::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
            ("OBSERVED_THREADS", threads),
        ]);
        for _ in 0..5 {
            assert_eq!(puppet.tell("run 1000"), "ran 1000");
            assert_eq!(puppet.tell("flush"), "flushed");
        }
        let ended = stopped(puppet);
        assert_eq!(ended.get("exported"), 5000, "{ended:?}");
        assert_eq!(receiver.connections(), 1, "{threads} threads");
    }
}

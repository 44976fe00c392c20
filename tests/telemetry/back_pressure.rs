//! Tests of back-pressure: threads that end spans wait for the exporter.

use crate::child_process::ChildProcess;
use crate::receiver::{Answer, Receiver};

fn start(receiver: &Receiver, timeout_ms: &str) -> ChildProcess {
    ChildProcess::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "16"),
        ("TEST_PROGRAM_EXPORTER_TIMEOUT_MS", timeout_ms),
    ])
}

#[test]
fn a_collector_that_keeps_up_costs_no_span() {
    let receiver = Receiver::start(200);
    let mut child = start(&receiver, "60000");
    assert_eq!(child.send("run 3000"), "ran 3000");
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    assert_eq!(
        (exit.get("exported"), exit.get("dropped")),
        (3000, 0),
        "{exit:?}"
    );
    assert_eq!(receiver.spans(), 3000);
}

#[test]
fn workers_wait_while_the_collector_does_not_answer() {
    let (release, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut child = start(&receiver, "60000");
    // The load never ends. Spans are in the queue, with the exporter, or held by a waiting worker.
    assert_eq!(child.send("load 2"), "loading");
    receiver.wait_for(1);
    let spans = child.send("spans");
    assert!(spans.contains(", 0 dropped"), "{spans}");
    drop(release);
    receiver.wait_for(20);
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    assert_eq!(exit.get("dropped"), 0, "{exit:?}");
    assert_eq!(receiver.spans(), exit.get("exported"));
}

#[test]
fn spans_dropped_after_the_wait_are_counted_and_workers_go_on() {
    let (release, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut child = start(&receiver, "20");
    // All of them run, although no span is exported.
    assert_eq!(child.send("run 3000"), "ran 3000");
    drop(release);
    assert_eq!(child.send("stop"), "stopping");
    let exit = child.wait_for_exit();
    exit.assert_adds_up();
    // The queue and one batch of the same size are exported.
    assert!(exit.get("queue_full") >= 3000 - 32, "{exit:?}");
    assert_eq!(exit.get("dropped"), exit.get("queue_full"), "{exit:?}");
    assert_eq!(receiver.spans(), exit.get("exported"));
}

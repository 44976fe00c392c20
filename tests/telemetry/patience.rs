//! Back-pressure: spans that wait for the exporter.

use crate::puppet::Puppet;
use crate::receiver::{Answer, Receiver};

fn observe(receiver: &Receiver, patience: &str) -> Puppet {
    Puppet::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url("")),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "16"),
        ("OBSERVED_PATIENCE_MS", patience),
    ])
}

#[test]
fn a_collector_that_keeps_up_costs_no_span() {
    let receiver = Receiver::start(200);
    let mut puppet = observe(&receiver, "60000");
    assert_eq!(puppet.tell("run 3000"), "ran 3000");
    assert_eq!(puppet.tell("stop"), "stopping");
    let ended = puppet.ended();
    ended.assert_adds_up();
    assert_eq!(
        (ended.get("exported"), ended.get("dropped")),
        (3000, 0),
        "{ended:?}"
    );
    assert_eq!(receiver.spans(), 3000);
}

#[test]
fn workers_wait_while_the_collector_does_not_answer() {
    let (release, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut puppet = observe(&receiver, "60000");
    // They dispatch for ever; what has ended by then is in the queue, with the exporter, or held
    // by a worker that waits.
    assert_eq!(puppet.tell("load 2"), "loading");
    receiver.wait_for(1);
    let spans = puppet.tell("spans");
    assert!(spans.contains(", 0 dropped"), "{spans}");
    drop(release);
    receiver.wait_for(20);
    assert_eq!(puppet.tell("stop"), "stopping");
    let ended = puppet.ended();
    ended.assert_adds_up();
    assert_eq!(ended.get("dropped"), 0, "{ended:?}");
    assert_eq!(receiver.spans(), ended.get("exported"));
}

#[test]
fn who_waited_in_vain_is_counted_and_nobody_waits_for_ever() {
    let (release, held) = Answer::held();
    let receiver = Receiver::answering(move |_| held.clone());
    let mut puppet = observe(&receiver, "20");
    // All of them, though nothing is taken.
    assert_eq!(puppet.tell("run 3000"), "ran 3000");
    drop(release);
    assert_eq!(puppet.tell("stop"), "stopping");
    let ended = puppet.ended();
    ended.assert_adds_up();
    // The queue, and a batch of the same size.
    assert!(ended.get("no_room") >= 3000 - 32, "{ended:?}");
    assert_eq!(ended.get("dropped"), ended.get("no_room"), "{ended:?}");
    assert_eq!(receiver.spans(), ended.get("exported"));
}

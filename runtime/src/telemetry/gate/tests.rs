//! Places are given, waited for and given up.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::Gate;

const LONG: Duration = Duration::from_mins(1);

#[test]
fn without_patience_a_full_gate_refuses_at_once() {
    let gate = Gate::new(2, Duration::ZERO);
    assert!(gate.enter() && gate.enter());
    assert!(!gate.enter());
    gate.leave(1);
    assert!(gate.enter() && !gate.enter());
}

#[test]
fn with_patience_a_span_waits_until_a_place_is_given_back() {
    let gate = Arc::new(Gate::new(1, LONG));
    assert!(gate.enter());
    let (done, entered) = sync_channel(4);
    for _ in 0..3 {
        let (gate, done) = (Arc::clone(&gate), done.clone());
        thread::spawn(move || done.send(gate.enter()));
    }
    for _ in 0..3 {
        assert!(entered.try_recv().is_err(), "nobody passes a full gate");
        gate.leave(1);
        assert_eq!(entered.recv(), Ok(true));
    }
}

#[test]
fn after_waiting_in_vain_nobody_waits_until_a_place_is_given_back() {
    let gate = Gate::new(1, Duration::from_millis(20));
    assert!(gate.enter() && !gate.enter());
    assert!(gate.lock().stuck);
    // With a gate that waited each time, this would take an hour.
    for _ in 0..180_000 {
        assert!(!gate.enter());
    }
    gate.leave(1);
    assert!(!gate.lock().stuck && gate.enter());
}

#[test]
fn closing_lets_go_whoever_waits() {
    let gate = Arc::new(Gate::new(1, Duration::MAX));
    assert!(gate.enter());
    let waiting = Arc::clone(&gate);
    let thread = thread::spawn(move || waiting.enter());
    gate.close();
    assert!(!thread.join().expect("no panic"));
    assert!(!gate.enter());
}

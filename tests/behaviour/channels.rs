//! Traced channels, for threads that are not a pool's.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use traced_worker::Traced;
use traced_worker::channel::{self, SendError, SendTimeoutError, TrySendError};
use traced_worker::crossbeam_channel::{RecvError, select};
use traced_worker_tests::Recorder;

#[test]
fn every_way_to_send_injects() {
    let recorder = Recorder::new();
    let (sender, receiver) = channel::bounded(3);
    let span_id = recorder.tracer().in_span("parent", |context| {
        sender.send(1).unwrap();
        sender.try_send(2).unwrap();
        sender.send_timeout(3, Duration::MAX).unwrap();
        context.span().span_context().span_id()
    });
    drop(sender);
    std::thread::spawn(move || {
        let mut numbers = Vec::new();
        for traced in &receiver {
            traced.run(|number| {
                let context = Context::current();
                let span = context.span();
                assert_eq!(span.span_context().span_id(), span_id);
                assert!(!span.span_context().is_remote());
                numbers.push(number);
            });
        }
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(receiver.recv(), Err(RecvError));
    })
    .join()
    .unwrap();
}

#[test]
fn errors_hand_the_message_back() {
    let (sender, receiver) = channel::bounded(1);
    sender.send("first").unwrap();
    assert_eq!(sender.try_send("second"), Err(TrySendError::Full("second")));
    let timed_out = sender.send_timeout("second", Duration::ZERO);
    assert_eq!(timed_out, Err(SendTimeoutError::Timeout("second")));
    drop(receiver);
    assert_eq!(sender.send("third"), Err(SendError("third")));
    assert_eq!(
        sender.try_send("third"),
        Err(TrySendError::Disconnected("third"))
    );
    let gone = sender.send_timeout("third", Duration::ZERO);
    assert_eq!(gone, Err(SendTimeoutError::Disconnected("third")));
    assert!(sender.try_send("third").unwrap_err().is_disconnected());
    let gone = sender.send_timeout("third", Duration::ZERO);
    assert!(gone.unwrap_err().is_disconnected());
    let traced = Traced::new("fourth");
    assert_eq!(sender.send_traced(traced.clone()), Err(SendError(traced)));
}

#[test]
fn a_sender_says_how_full_its_channel_is() {
    let (sender, receiver) = channel::bounded(2);
    assert_eq!((sender.capacity(), sender.len()), (Some(2), 0));
    assert!(sender.is_empty() && !sender.is_full());
    sender.send(1).unwrap();
    sender.send(2).unwrap();
    assert_eq!(sender.len(), 2);
    assert!(sender.is_full() && !sender.is_empty());
    drop(receiver);
    assert_eq!(channel::unbounded::<u8>().0.capacity(), None);
}

#[test]
fn the_receiver_can_be_selected() {
    let (sender, receiver) = channel::bounded(1);
    let (_other, never) = channel::bounded::<u8>(1);
    sender.send(7).unwrap();
    select! {
        recv(receiver) -> traced => assert_eq!(traced.unwrap().into_parts().0, 7),
        recv(never) -> _ => panic!("nothing is sent there"),
    }
    assert_eq!((receiver.len(), receiver.capacity()), (0, Some(1)));
}

#[test]
fn send_traced_keeps_the_carrier_of_the_message() {
    let recorder = Recorder::new();
    let (sender, receiver) = channel::unbounded();
    recorder
        .tracer()
        .in_span("parent", |_| sender.send(1).unwrap());
    let traced = receiver.recv().unwrap();
    let carrier = traced.carrier().clone();
    sender.clone().send_traced(traced).unwrap();
    drop(sender);
    let passed: Vec<_> = receiver.clone().into_iter().collect();
    assert_eq!(passed.len(), 1);
    assert_eq!(passed[0].carrier(), &carrier);
    assert!(carrier.has_span());
}

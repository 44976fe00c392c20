//! Bounded texts, and many threads at once.

use std::time::Duration;

use traced_worker::traced_worker;
use traced_worker_tests::{Layers, Recorder, TestSubscriber, attribute};
use tracing::info_span;

use crate::pool;

#[traced_worker(tracing, err, fields(text = %text))]
fn long(text: String) -> Result<(), String> {
    Err(text)
}

#[traced_worker(tracing, fields(n = n))]
fn work(n: i64) -> i64 {
    n
}

#[test]
fn texts_are_bounded() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let handle = pool(long::pool()).dispatch("x".repeat(1 << 20)).unwrap();
        handle.wait().unwrap().unwrap_err();
    });
    let span = subscriber.recorder.only("long");
    assert!(attribute(&span, "text").unwrap().as_str().len() <= 4096);
    for event in span.events.iter() {
        for attribute in &event.attributes {
            assert!(attribute.value.as_str().len() <= 4096, "{}", attribute.key);
        }
    }
}

#[test]
fn every_worker_span_is_under_its_own_parent() {
    const MESSAGES: i64 = 500;
    let subscriber = TestSubscriber::new(Layers {
        lines: false,
        ..Layers::default()
    });
    let pool = work::pool().threads(4).inherit_subscriber();
    let pool = pool.start().unwrap();
    std::thread::scope(|scope| {
        for dispatcher in 0..4 {
            let (pool, subscriber) = (&pool, &subscriber);
            scope.spawn(move || {
                subscriber.within(|| {
                    for message in 0..MESSAGES {
                        let n = dispatcher * MESSAGES + message;
                        info_span!("caller", n).in_scope(|| pool.send(n).unwrap());
                    }
                });
            });
        }
    });
    pool.shutdown(Duration::MAX);
    let callers = subscriber.recorder.named("caller");
    let workers = subscriber.recorder.named("work");
    assert_eq!(workers.len(), callers.len());
    assert_eq!(workers.len(), 4 * usize::try_from(MESSAGES).unwrap());
    for worker in &workers {
        let n = attribute(worker, "n").unwrap();
        let caller = callers.iter().find(|span| attribute(span, "n") == Some(n));
        Recorder::assert_child(worker, caller.unwrap());
    }
}

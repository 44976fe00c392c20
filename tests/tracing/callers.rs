//! The spans of several callers at the same time, and of a worker inside of another.

use std::sync::OnceLock;

use traced_worker::{Pool, SpanRelation, traced_worker};
use traced_worker_tests::{Latch, Layers, Recorder, TestSubscriber, latch};
use tracing::{info, info_span};

use crate::pool;

#[traced_worker(tracing, fields(n = n))]
fn work(n: u8, latch: Option<Latch>) {
    if let Some(latch) = latch {
        latch.hold();
    }
    info!("in {n}");
}

fn line(callers: &str, n: u8) -> String {
    format!("INFO {callers}work{{n={n}}}: tracing::callers: in {n}")
}

#[test]
fn each_message_has_the_span_that_it_was_dispatched_in() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        let (latch, release) = latch();
        let _outer = info_span!("outer").entered();
        let inner = info_span!("inner");
        let mut handles = vec![pool.dispatch((1, Some(latch))).unwrap()];
        handles.push(pool.dispatch((2, None)).unwrap());
        inner.in_scope(|| handles.push(pool.dispatch((3, None)).unwrap()));
        handles.push(pool.dispatch((4, None)).unwrap());
        release.wait_until_held();
        drop(release);
        for handle in handles {
            handle.wait().unwrap();
        }
    });
    let lines = [
        line("outer:", 1),
        line("outer:", 2),
        line("outer:inner:", 3),
        line("outer:", 4),
    ];
    assert_eq!(subscriber.lines(), lines);
}

#[test]
fn callers_of_two_subscribers_whose_spans_have_one_id_are_two() {
    let subscribers = [(); 2].map(|()| TestSubscriber::new(Layers::default()));
    let pool = pool(work::pool());
    let (latch, release) = latch();
    let mut latch = Some(latch);
    let mut ids = Vec::new();
    let mut handles = Vec::new();
    for (n, subscriber) in (0..).zip(&subscribers) {
        subscriber.within(|| {
            let caller = info_span!("caller", n).entered();
            ids.push(caller.id());
            handles.push(pool.dispatch((n, latch.take())).unwrap());
        });
    }
    assert_eq!(ids[0], ids[1]);
    release.wait_until_held();
    drop(release);
    for handle in handles {
        handle.wait().unwrap();
    }
    for (n, subscriber) in (0..).zip(&subscribers) {
        assert_eq!(subscriber.lines(), [line(&format!("caller{{n={n}}}:"), n)]);
        assert_eq!(subscriber.recorder.spans().len(), 2);
    }
}

#[test]
fn a_span_that_no_message_has_any_more_is_closed() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        for n in 1..4 {
            let caller = info_span!("caller").entered();
            let handles = [(); 2].map(|()| pool.dispatch((n, None)).unwrap());
            for handle in handles {
                handle.wait().unwrap();
            }
            drop(caller);
            // The registry gives the id to the next span.
            let callers = subscriber.recorder.named("caller");
            assert_eq!(callers.len(), usize::from(n));
        }
    });
    let callers = subscriber.recorder.named("caller");
    let workers = subscriber.recorder.named("work");
    for (number, worker) in workers.iter().enumerate() {
        Recorder::assert_child(worker, &callers[number / 2]);
    }
}

#[traced_worker(tracing, fields(n = n))]
fn nested(n: u8, relation: SpanRelation) {
    static POOL: OnceLock<Pool<nested>> = OnceLock::new();
    if n < 2 {
        let pool = POOL.get_or_init(|| pool(nested::pool()));
        if n == 0 {
            pool.dispatch((1, relation)).unwrap().wait().unwrap();
        } else {
            let pool = pool.with_relation(relation);
            pool.dispatch((2, SpanRelation::Child))
                .unwrap()
                .wait()
                .unwrap();
        }
    }
    info!("in {n}");
}

/// The pool of `nested` has one thread, which runs message 2 inside of message 1.
#[test]
fn a_worker_inside_of_another_has_its_own_caller() {
    for (relation, outer) in [
        (SpanRelation::Child, "nested{n=0}:nested{n=1}:"),
        (SpanRelation::Root, ""),
    ] {
        for activation in [true, false] {
            let subscriber = TestSubscriber::new(Layers {
                activation,
                ..Layers::default()
            });
            subscriber.within(|| {
                let pool = pool(nested::pool());
                pool.dispatch((0, relation)).unwrap().wait().unwrap();
            });
            let lines = [
                format!("INFO {outer}nested{{n=2}}: tracing::callers: in 2"),
                "INFO nested{n=0}:nested{n=1}: tracing::callers: in 1".to_owned(),
                "INFO nested{n=0}: tracing::callers: in 0".to_owned(),
            ];
            assert_eq!(subscriber.lines(), lines, "{relation:?}");
            let spans = subscriber.recorder.named("nested");
            match relation {
                SpanRelation::Child => Recorder::assert_child(&spans[0], &spans[1]),
                _ => Recorder::assert_root(&spans[0]),
            }
            Recorder::assert_child(&spans[1], &spans[2]);
            Recorder::assert_root(&spans[2]);
        }
    }
}

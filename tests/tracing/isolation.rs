//! Nothing of one message is visible to the next.

use std::mem;
use std::time::Duration;

use opentelemetry::trace::Status;
use traced_worker::{JobError, traced_worker};
use traced_worker_tests::{Layers, Recorder, TestSubscriber};
use tracing::{Span, info, info_span};

use crate::pool;

#[traced_worker(tracing, fields(n = n))]
fn work(n: u8) {
    match n {
        0 => panic!("the worker fails"),
        1 => mem::forget(info_span!("leaked").entered()),
        _ => info!("clean"),
    }
}

#[test]
fn a_panic_ends_the_span_and_the_next_message_is_clean() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        let error = pool.dispatch(0).unwrap().wait().unwrap_err();
        assert!(matches!(error, JobError::Panicked(_)));
        pool.dispatch(2).unwrap().wait().unwrap();
    });
    assert_eq!(
        subscriber.lines(),
        ["INFO work{n=2}: tracing::isolation: clean"]
    );
    let spans = subscriber.recorder.named("work");
    assert_eq!(spans[0].status, Status::error("the worker fails"));
    assert_eq!(spans[1].status, Status::Unset);
    spans.iter().for_each(Recorder::assert_root);
}

#[test]
fn an_entered_span_that_is_leaked_is_not_visible_to_the_next_message() {
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(work::pool());
        pool.dispatch(1).unwrap().wait().unwrap();
        pool.dispatch(2).unwrap().wait().unwrap();
    });
    let lines = subscriber.lines();
    let [warning, line] = &*lines else {
        panic!("{lines:?}");
    };
    assert!(warning.contains("Worker.LeakedEnteredSpan"), "{warning}");
    assert_eq!(line, "INFO work{n=2}: tracing::isolation: clean");
    let spans = subscriber.recorder.named("work");
    spans.iter().for_each(Recorder::assert_root);
}

#[test]
fn the_callers_span_is_not_current_after_a_worker_that_it_was_entered_for() {
    #[traced_worker(tracing, level = "trace")]
    fn is_disabled() -> bool {
        Span::current().is_disabled()
    }

    let subscriber = TestSubscriber::new(Layers {
        enabled: |metadata| *metadata.level() <= tracing::Level::INFO,
        ..Layers::default()
    });
    subscriber.within(|| {
        let pool = pool(is_disabled::pool());
        let inside = info_span!("caller").in_scope(|| pool.dispatch(()).unwrap().wait());
        assert!(!inside.unwrap());
        assert!(pool.dispatch(()).unwrap().wait().unwrap());
    });
}

#[test]
fn an_abandoned_message_has_its_span() {
    #[traced_worker(tracing)]
    fn blocked(latch: traced_worker_tests::Latch) {
        latch.hold();
    }

    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let pool = pool(blocked::pool());
        let (latch, release) = traced_worker_tests::latch();
        let running = pool.dispatch(latch).unwrap();
        release.wait_until_held();
        let (latch, _release) = traced_worker_tests::latch();
        let queued = pool.dispatch(latch).unwrap();
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!(report.abandoned, 1);
        assert!(matches!(queued.wait(), Err(JobError::Abandoned)));
        drop(release);
        running.wait().unwrap();
    });
    let spans = subscriber.recorder.named("blocked");
    let abandoned = spans.iter().filter(|span| span.status != Status::Unset);
    assert_eq!(abandoned.count(), 1);
}

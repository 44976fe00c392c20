//! Two registries in one process: a caller under a scoped subscriber, workers under the global one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use traced_worker::traced_worker;
use traced_worker_tests::{Latch, Layers, Recorder, TestSubscriber, latch};
use tracing::{info, info_span};

#[traced_worker(tracing)]
fn work() {
    info!("inside");
}

#[traced_worker(tracing)]
fn holds(latch: Latch) {
    latch.hold();
}

#[traced_worker(tracing, batch = 4)]
fn batched(messages: Vec<u8>) -> usize {
    messages.len()
}

#[test]
fn a_span_that_crosses_has_the_right_parent_and_corrupts_nothing() {
    let global = TestSubscriber::new(Layers::default());
    tracing::dispatcher::set_global_default(global.dispatch().clone()).unwrap();
    let scoped = TestSubscriber::new(Layers::default());
    let pool = work::pool().threads(1).start().unwrap();

    // In the worker's registry the same ids are those of other spans.
    let open: Vec<_> = (0..8).map(|n| info_span!("open", n)).collect();
    scoped.within(|| {
        let _caller = info_span!("caller").entered();
        pool.dispatch(()).unwrap().wait().unwrap();
    });
    drop(open);
    let (worker, caller) = (global.recorder.only("work"), scoped.recorder.only("caller"));
    Recorder::assert_child(&worker, &caller);
    assert_eq!(global.lines(), ["INFO work: tracing_registries: inside"]);
    assert!(scoped.lines().is_empty());

    // The caller's span is closed on the worker's thread, under the other subscriber.
    let (latch, release) = latch();
    let pool_of_latches = holds::pool().threads(1).start().unwrap();
    pool_of_latches.send(latch).unwrap();
    release.wait_until_held();
    let open = info_span!("open");
    scoped.within(|| {
        let above = info_span!("above").entered();
        let (latch, _) = traced_worker_tests::latch();
        info_span!("closed elsewhere").in_scope(|| pool_of_latches.send(latch).unwrap());
        drop(above);
    });
    drop(release);
    pool_of_latches.shutdown(Duration::MAX);
    assert_eq!(scoped.recorder.named("closed elsewhere").len(), 1);
    assert_eq!(scoped.recorder.named("above").len(), 1);
    let closed = global.recorder.named("open").len();
    drop(open);
    assert_eq!(global.recorder.named("open").len(), closed + 1);

    // Under the global subscriber, the caller's span is the parent in `tracing`, too.
    info_span!("caller").in_scope(|| pool.dispatch(()).unwrap().wait().unwrap());
    let (worker, caller) = (
        global.recorder.named("work"),
        global.recorder.only("caller"),
    );
    Recorder::assert_child(&worker[1], &caller);
    assert_eq!(
        global.lines()[1],
        "INFO caller:work: tracing_registries: inside"
    );

    let pool = batched::pool().threads(1).start().unwrap();
    let handle = info_span!("of a batch").in_scope(|| pool.dispatch(1).unwrap());
    handle.wait().unwrap();
    let (worker, caller) = (
        global.recorder.only("batched"),
        global.recorder.only("of a batch"),
    );
    Recorder::assert_root(&worker);
    assert_eq!(worker.links[0].span_context, caller.span_context);
    let count = traced_worker_tests::attribute(&worker, "messaging.batch.message_count");
    assert_eq!(count.unwrap().as_str(), "1");
}

//! Two registries in one process: a caller under a scoped subscriber, workers under the global one.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use traced_worker::traced_worker;
use traced_worker_tests::{Layers, Recorder, TestSubscriber};
use tracing::{info, info_span};

#[traced_worker(tracing)]
fn work() {
    info!("inside");
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

//! A worker that is an `async fn`: its `tracing` span and its subscriber are current at each poll, and
//! at no other time.

use std::time::SystemTime;

use opentelemetry::trace::Status;
use opentelemetry::{Context, Value, trace::TraceContextExt as _};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{Layers, Recorder, TestSubscriber, attribute, yield_until};
use tracing::dispatcher::{self, Dispatch};
use tracing::subscriber::NoSubscriber;
use tracing::{Span, info, info_span, instrument};

#[traced_worker(tracing)]
async fn waits(gates: Vec<oneshot::Receiver<()>>) {
    struct LogsDrop;
    impl Drop for LogsDrop {
        fn drop(&mut self) {
            info!("dropped");
        }
    }
    let _logs = LogsDrop;
    for (number, gate) in gates.into_iter().enumerate() {
        info!("poll {number}");
        gate.await.unwrap();
    }
}

fn runtimes() -> [Runtime; 2] {
    let current_thread = tokio::runtime::Builder::new_current_thread().build();
    let multi_thread = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build();
    [current_thread.unwrap(), multi_thread.unwrap()]
}

/// Calls `test` with a pool on a runtime of each kind, whose callers have a subscriber of their own.
fn for_each(test: impl Fn(&TestSubscriber, Runtime, Pool<waits>)) {
    for activation in [true, false] {
        for runtime in runtimes() {
            let subscriber = TestSubscriber::new(Layers {
                activation,
                ..Layers::default()
            });
            let builder = waits::pool().concurrency(1).runtime(runtime.handle());
            let pool = builder.inherit_subscriber().start().unwrap();
            test(&subscriber, runtime, pool);
        }
    }
}

fn gates(number: usize) -> (Vec<oneshot::Sender<()>>, Vec<oneshot::Receiver<()>>) {
    (0..number).map(|_| oneshot::channel()).unzip()
}

async fn wait_for_lines(subscriber: &TestSubscriber, number: usize) {
    yield_until(|| subscriber.lines().len() >= number).await;
}

async fn assert_nothing_is_current() {
    let look = || {
        let has_subscriber = dispatcher::get_default(|it: &Dispatch| !it.is::<NoSubscriber>());
        let has_context = Context::current().has_active_span();
        (has_subscriber, has_context, Span::current().is_none())
    };
    assert_eq!(look(), (false, false, true));
    let on_task = tokio::spawn(async move { look() });
    assert_eq!(on_task.await.unwrap(), (false, false, true));
}

#[test]
fn the_span_is_current_at_each_poll_and_at_no_other_time() {
    for_each(|subscriber, runtime, pool| {
        let (senders, receivers) = gates(4);
        let handle = subscriber
            .within(|| info_span!("caller", n = 3).in_scope(|| pool.dispatch(receivers).unwrap()));
        let after = SystemTime::now();
        runtime.block_on(async {
            assert_nothing_is_current().await;
            for (number, sender) in senders.into_iter().enumerate() {
                wait_for_lines(subscriber, number + 1).await;
                assert_nothing_is_current().await;
                // The job keeps its caller's span from being exported, and does not move its end.
                assert!(subscriber.recorder.spans().is_empty());
                sender.send(()).unwrap();
            }
            handle.await.unwrap();
            assert_nothing_is_current().await;
        });
        let texts = ["poll 0", "poll 1", "poll 2", "poll 3", "dropped"];
        let lines = texts.map(|it| format!("INFO caller{{n=3}}:waits: tracing::polls: {it}"));
        assert_eq!(subscriber.lines(), lines);
        let (worker, caller) = (
            subscriber.recorder.only("waits"),
            subscriber.recorder.only("caller"),
        );
        Recorder::assert_child(&worker, &caller);
        assert_eq!(worker.events.len(), 5);
        assert!(caller.end_time <= after);
    });
}

#[track_caller]
fn assert_cancelled(subscriber: &TestSubscriber) {
    let worker = subscriber.recorder.only("waits");
    let outcome = attribute(&worker, "traced_worker.outcome");
    assert_eq!(outcome, Some(&Value::from("cancelled")));
    assert_eq!(worker.status, Status::Unset);
    Recorder::assert_child(&worker, &subscriber.recorder.only("caller"));
    let lines = ["poll 0", "dropped"].map(|it| format!("INFO caller:waits: tracing::polls: {it}"));
    assert_eq!(subscriber.lines(), lines);
}

#[test]
fn a_cancelled_job_is_dropped_in_its_span() {
    for_each(|subscriber, runtime, pool| {
        let (_senders, receivers) = gates(1);
        let dispatch = || pool.dispatch(receivers).unwrap();
        let handle = subscriber.within(|| info_span!("caller").in_scope(dispatch));
        runtime.block_on(async {
            wait_for_lines(subscriber, 1).await;
            assert!(handle.cancel());
            assert!(handle.await.unwrap_err().is_cancelled());
            assert_nothing_is_current().await;
        });
        assert_cancelled(subscriber);
    });
}

#[test]
fn a_job_of_a_runtime_that_is_dropped_is_dropped_in_its_span() {
    for_each(|subscriber, runtime, pool| {
        let (_senders, receivers) = gates(1);
        let dispatch = || pool.dispatch(receivers).unwrap();
        let handle = subscriber.within(|| info_span!("caller").in_scope(dispatch));
        runtime.block_on(wait_for_lines(subscriber, 1));
        drop(runtime);
        assert!(handle.wait().unwrap_err().is_cancelled());
        traced_worker_tests::wait_until(|| subscriber.recorder.spans().len() == 2);
        assert_cancelled(subscriber);
    });
}

#[traced_worker(tracing)]
#[instrument]
async fn both(n: u8) {
    info!("in both");
}

#[instrument]
#[traced_worker(tracing)]
async fn both_reversed(n: u8) {
    info!("in both");
}

#[test]
fn instrument_beside_the_attribute_is_the_functions_own_span() {
    let [runtime, _] = runtimes();
    let subscriber = TestSubscriber::new(Layers::default());
    subscriber.within(|| {
        let builder = both::pool().runtime(runtime.handle()).inherit_subscriber();
        let pool = builder.start().unwrap();
        runtime.block_on(pool.dispatch(1).unwrap()).unwrap();
        let builder = both_reversed::pool().runtime(runtime.handle());
        let pool = builder.inherit_subscriber().start().unwrap();
        runtime.block_on(pool.dispatch(2).unwrap()).unwrap();
        runtime.block_on(both(3));
        runtime.block_on(both_reversed(4));
    });
    let lines = [
        "INFO both:both{n=1}: tracing::polls: in both",
        "INFO both_reversed:both_reversed{n=2}: tracing::polls: in both",
        "INFO both{n=3}: tracing::polls: in both",
        "INFO both_reversed{n=4}: tracing::polls: in both",
    ];
    assert_eq!(subscriber.lines(), lines);
}

/// Cancels many jobs at random moments: each has one span, and leaves nothing.
#[test]
fn random_cancellations_end_each_span_once() {
    const JOBS: usize = 5_000;

    #[traced_worker(tracing)]
    async fn yields(times: usize) -> usize {
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
        times
    }

    for activation in [true, false] {
        for runtime in runtimes() {
            let subscriber = TestSubscriber::new(Layers {
                activation,
                lines: false,
                ..Layers::default()
            });
            let builder = yields::pool().concurrency(8).runtime(runtime.handle());
            let pool = builder.inherit_subscriber().start().unwrap();
            let mut cancelled = 0;
            for chunk in 0..JOBS / 50 {
                let handles: Vec<_> = subscriber.within(|| {
                    let dispatch = |number: usize| pool.dispatch(number % 7).unwrap();
                    let dispatch = |number| info_span!("caller").in_scope(|| dispatch(number));
                    (0..50).map(dispatch).collect()
                });
                runtime.block_on(async {
                    for (number, handle) in handles.iter().enumerate() {
                        if (number * 31 + chunk) % 3 == 0 {
                            handle.cancel();
                        }
                        if (number * 17 + chunk) % 5 == 0 {
                            tokio::task::yield_now().await;
                        }
                    }
                    for handle in handles {
                        cancelled += u64::from(handle.await.is_err());
                    }
                });
            }
            runtime.block_on(async {
                yield_until(|| pool.stats().cancelled == cancelled).await;
                assert_nothing_is_current().await;
            });
            let stats = pool.stats();
            assert_eq!(stats.completed + cancelled, JOBS as u64);
            assert!(cancelled > 0 && stats.completed > 0, "{stats}");
            let ended = || subscriber.recorder.named("yields");
            traced_worker_tests::wait_until(|| ended().len() == JOBS);
            let is_cancelled = |span: &&opentelemetry_sdk::trace::SpanData| {
                attribute(span, "traced_worker.outcome").is_some()
            };
            assert_eq!(
                ended().iter().filter(is_cancelled).count() as u64,
                cancelled
            );
            let callers = || subscriber.recorder.named("caller");
            traced_worker_tests::wait_until(|| callers().len() == JOBS);
            // Each has its own caller's span for a parent.
            let mut parents: Vec<_> = ended().iter().map(|span| span.parent_span_id).collect();
            let mut spans: Vec<_> = callers()
                .iter()
                .map(|it| it.span_context.span_id())
                .collect();
            for ids in [&mut parents, &mut spans] {
                ids.sort_unstable_by_key(|id| id.to_bytes());
            }
            assert!(parents == spans, "{activation}");
        }
    }
}

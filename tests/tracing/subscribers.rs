//! A scoped subscriber is that of the worker, if the pool inherits it, for its own messages alone.

use tokio::runtime::Runtime;
use traced_worker::{AsyncWorker, Pool, SyncWorker, Threads, Worker, traced_worker};
use traced_worker_tests::{Layers, TestSubscriber};
use tracing::dispatcher::{self, Dispatch};
use tracing::subscriber::NoSubscriber;
use tracing::{info, info_span};

/// Logs, and returns whether there is a subscriber.
fn log(text: &str) -> bool {
    info!("{text}");
    dispatcher::get_default(|it: &Dispatch| !it.is::<NoSubscriber>())
}

#[traced_worker]
fn plain(text: &'static str) -> bool {
    log(text)
}

#[traced_worker]
async fn plain_task(text: &'static str) -> bool {
    tokio::task::yield_now().await;
    log(text)
}

#[traced_worker(tracing)]
fn traced(text: &'static str) -> bool {
    log(text)
}

#[traced_worker(tracing)]
async fn traced_task(text: &'static str) -> bool {
    tokio::task::yield_now().await;
    log(text)
}

fn on_thread<W: SyncWorker<State = ()>>(inherits: bool) -> Pool<W> {
    let builder = traced_worker::PoolBuilder::new().threads(1);
    let builder = if inherits {
        builder.inherit_subscriber()
    } else {
        builder
    };
    builder.start().unwrap()
}

fn on_threads<W: SyncWorker<State = ()>>(threads: &Threads, inherits: bool) -> Pool<W> {
    let builder = traced_worker::PoolBuilder::new().on(threads);
    let builder = if inherits {
        builder.inherit_subscriber()
    } else {
        builder
    };
    builder.start().unwrap()
}

fn on_task<W: AsyncWorker>(runtime: &Runtime, inherits: bool) -> Pool<W> {
    let builder = traced_worker::TaskPoolBuilder::new().concurrency(1);
    let builder = builder.runtime(runtime.handle());
    let builder = if inherits {
        builder.inherit_subscriber()
    } else {
        builder
    };
    builder.start().unwrap()
}

/// Runs messages of two callers by turns on one thread, and of a caller without a subscriber.
fn check<W>(spans: &str, runtime: &Runtime, inherits: bool, pool: &Pool<W>)
where
    W: Worker<Message = &'static str, Output = bool>,
{
    println!("{}, inherits: {inherits}", std::any::type_name::<W>());
    let callers = [(); 2].map(|()| TestSubscriber::new(Layers::default()));
    let dispatch = |text| runtime.block_on(pool.dispatch(text).unwrap()).unwrap();
    for _ in 0..2 {
        for (caller, text) in callers.iter().zip(["one", "two"]) {
            let run = || info_span!("caller").in_scope(|| dispatch(text));
            assert_eq!(caller.within(run), inherits);
        }
        assert!(!dispatch("nobody's"));
    }
    for (caller, text) in callers.iter().zip(["one", "two"]) {
        let line = format!("INFO {spans}tracing::subscribers: {text}");
        let lines = vec![line; if inherits { 2 } else { 0 }];
        assert_eq!(caller.lines(), lines);
    }
}

#[test]
fn a_scoped_subscriber_is_that_of_the_worker_by_choice() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).build().unwrap();
    let threads = Threads::new(1).unwrap();
    for inherits in [true, false] {
        check("", &runtime, inherits, &on_thread::<plain>(inherits));
        check(
            "",
            &runtime,
            inherits,
            &on_threads::<plain>(&threads, inherits),
        );
        check(
            "",
            &runtime,
            inherits,
            &on_task::<plain_task>(&runtime, inherits),
        );
        let spans = "caller:traced: ";
        check(spans, &runtime, inherits, &on_thread::<traced>(inherits));
        check(
            spans,
            &runtime,
            inherits,
            &on_threads::<traced>(&threads, inherits),
        );
        let spans = "caller:traced_task: ";
        check(
            spans,
            &runtime,
            inherits,
            &on_task::<traced_task>(&runtime, inherits),
        );
    }
}

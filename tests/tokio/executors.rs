//! Handles on other executors, and pools of threads beside pools of tasks.

use std::time::Duration;

use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{HANGS, Recorder};

use crate::support::{Yields, current_thread, multi_thread, pool};

#[traced_worker]
async fn double(number: u64) -> u64 {
    Yields(2).await;
    number * 2
}

#[test]
fn handles_are_awaited_on_any_executor() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, double::pool());
    let output = pollster::block_on(async {
        let handle = pool.dispatch_async(4).await.unwrap();
        handle.await.unwrap() + pool.call_async(1).await.unwrap()
    });
    assert_eq!(output, 10);
}

#[test]
fn handles_are_waited_for_by_threads() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, double::pool());
    assert_eq!(pool.dispatch(4).unwrap().wait().unwrap(), 8);
    assert_eq!(pool.call(4).unwrap(), 8);
    assert_eq!(pool.call_timeout(4, HANGS).unwrap(), 8);
    let handles = pool.dispatch_all(1..=3).unwrap();
    let outputs = handles.into_iter().map(|handle| handle.wait().unwrap());
    assert_eq!(outputs.sum::<u64>(), 12);
}

#[traced_worker]
fn on_thread((pool, number): (Pool<double>, u64)) -> u64 {
    pool.call(number).unwrap() + 1
}

#[traced_worker]
async fn on_task((pools, number): ((Pool<on_thread>, Pool<double>), u64)) -> u64 {
    let (threads, tasks) = pools;
    threads.call_async((tasks, number)).await.unwrap()
}

/// A pool of one thread and a runtime of one thread, each waiting for the other: the runtime's thread
/// is never blocked, because what waits on it awaits.
#[test]
fn a_thread_and_a_runtime_of_one_thread_wait_for_each_other() {
    for runtime in [current_thread(), multi_thread(1)] {
        let recorder = Recorder::new();
        let threads = recorder.pool(on_thread::pool());
        let tasks = pool(&recorder, &runtime, double::pool());
        let outer = pool(&recorder, &runtime, on_task::pool());
        let message = ((threads.clone(), tasks.clone()), 4);
        let output = runtime.block_on(async {
            let handle = outer.dispatch_async(message).await.unwrap();
            handle.await.unwrap()
        });
        assert_eq!(output, 9);
        let (outer, thread, task) = (
            recorder.only("on_task"),
            recorder.only("on_thread"),
            recorder.only("double"),
        );
        let trace = outer.span_context.trace_id();
        assert_eq!(thread.span_context.trace_id(), trace);
        assert_eq!(task.span_context.trace_id(), trace);
        assert!(threads.shutdown(Duration::from_secs(10)).is_clean());
    }
}

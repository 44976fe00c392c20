//! Workers that wait for their own pool.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};
use std::time::Duration;
use traced_worker::{DispatchError, JobError, Pool, traced_worker};

#[traced_worker]
fn sum(pool: Pool<sum>, number: u64) -> u64 {
    match number {
        0 => 0,
        number => {
            number
                + pool
                    .dispatch((pool.clone(), number - 1))
                    .unwrap()
                    .wait()
                    .unwrap()
        }
    }
}

#[test]
fn a_worker_that_waits_for_its_own_pool_runs_queued_messages() {
    for threads in [1, 2, 4] {
        let pool = sum::pool()
            .threads(threads)
            .queue_capacity(4)
            .start()
            .unwrap();
        let total = pool.dispatch((pool.clone(), 40)).unwrap().wait().unwrap();
        assert_eq!(total, 820);
        assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 41);
    }
}

#[traced_worker]
fn fill(pool: Pool<fill>, number: u32) -> String {
    if number == 0 {
        for number in 1..=20 {
            pool.send((pool.clone(), number)).unwrap();
        }
    }
    Context::current()
        .baggage()
        .get("tenant")
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn a_worker_that_fills_its_own_queue_runs_queued_messages() {
    let pool = fill::pool().threads(1).queue_capacity(2).start().unwrap();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let handle = pool
        .with_context(&context)
        .dispatch((pool.clone(), 0))
        .unwrap();
    assert_eq!(handle.wait().unwrap(), "blue");
    assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 21);
}

#[traced_worker]
fn stateful(#[state] _count: &mut u32, pool: Pool<stateful>, number: u32) -> String {
    if number == 0 {
        let error = pool
            .dispatch((pool.clone(), 1))
            .unwrap()
            .wait()
            .unwrap_err();
        assert!(matches!(error, JobError::WouldDeadlock));
        let error = loop {
            if let Err(error) = pool.send((pool.clone(), 2)) {
                break error;
            }
        };
        assert!(matches!(error, DispatchError::WouldDeadlock(_)));
        return error.to_string();
    }
    String::new()
}

#[test]
fn a_worker_with_a_state_gets_an_error_at_once() {
    let pool = stateful::pool(|| 0)
        .threads(1)
        .queue_capacity(2)
        .start()
        .unwrap();
    let text = pool.dispatch((pool.clone(), 0)).unwrap().wait().unwrap();
    assert!(text.contains("would wait for ever"), "{text}");
}

#[traced_worker]
fn deep(pool: Pool<deep>, number: u64) -> u64 {
    let Ok(handle) = pool.dispatch((pool.clone(), number + 1)) else {
        return number; // the pool is shut down
    };
    match handle.wait() {
        Ok(depth) => depth,
        Err(JobError::WouldDeadlock) => number,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_depth_is_limited() {
    let pool = deep::pool().threads(1).start().unwrap();
    let depth = pool.dispatch((pool.clone(), 0)).unwrap().wait().unwrap();
    assert_eq!(depth, 64);
    pool.shutdown(Duration::ZERO);
}

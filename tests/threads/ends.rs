//! Shutdown of one pool, of several, and of none.

use std::time::Duration;

use traced_worker::{DispatchError, JobError, Pool, PoolReport, Shutdown, Threads, traced_worker};
use traced_worker_tests::{HANGS, Latch, Recorder, latch, wait_until};

#[traced_worker]
fn hold(latch: Latch) {
    latch.hold();
}

#[traced_worker]
fn double(number: u64) -> u64 {
    number * 2
}

#[test]
fn the_shutdown_of_one_pool_leaves_the_others() {
    let threads = Threads::new(1).unwrap();
    let first = double::pool().on(&threads).start().unwrap();
    let second = double::pool().on(&threads).start().unwrap();
    let handles = first.dispatch_all(0..100).unwrap();
    assert_eq!(first.shutdown(Duration::from_secs(60)).completed, 100);
    assert!(handles.iter().all(traced_worker::JoinHandle::is_finished));
    assert!(matches!(first.send(1), Err(DispatchError::Closed(1))));
    assert_eq!(second.dispatch(4).unwrap().wait().unwrap(), 8);
    assert_eq!(threads.spawn(|| 7).unwrap().wait().unwrap(), 7);
    threads.shutdown(Duration::from_secs(60));
    assert_eq!(second.dispatch(5).unwrap().wait().unwrap(), 10);
    assert_eq!(second.shutdown(Duration::from_secs(60)).completed, 2);
}

#[test]
fn what_is_queued_at_the_deadline_is_abandoned() {
    let recorder = Recorder::new();
    let threads = Threads::new(1).unwrap();
    let holds = hold::pool().on(&threads).start().unwrap();
    let doubles = double::pool()
        .on(&threads)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let (held, release) = latch();
    holds.send(held).unwrap();
    release.wait_until_held();
    let handles = doubles.dispatch_all(0..10).unwrap();
    let report = doubles.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.running), (10, 0));
    for handle in handles {
        assert!(matches!(handle.wait(), Err(JobError::Abandoned)));
    }
    wait_until(|| recorder.named("double").len() == 10);
    let report = holds.shutdown(Duration::ZERO);
    assert_eq!((report.completed, report.running), (0, 1));
    drop(release);
    assert_eq!(threads.spawn(|| 7).unwrap().wait().unwrap(), 7);
}

#[test]
fn a_shutdown_of_the_program_drains_the_pools() {
    let threads = Threads::new(2).unwrap();
    let first = double::pool().on(&threads).start().unwrap();
    let second = double::pool().on(&threads).start().unwrap();
    for number in 0..500 {
        first.send(number).unwrap();
        second.send(number).unwrap();
    }
    let report = Shutdown::builder()
        .timeout(Duration::from_secs(60))
        .pool(&first)
        .pool(&second)
        .build()
        .run();
    assert_eq!(report.jobs.completed, 1000);
    assert!(report.is_clean());
}

#[test]
fn pools_outlive_the_handle_of_their_threads() {
    let threads = Threads::new(2).unwrap();
    let pool = double::pool().on(&threads).start().unwrap();
    drop(threads);
    assert_eq!(pool.dispatch(4).unwrap().wait().unwrap(), 8);
    let handles = pool.dispatch_all(0..50).unwrap();
    // What was accepted is run after the last handle is dropped.
    drop(pool);
    let outputs = handles.into_iter().map(|it| it.wait().unwrap());
    assert_eq!(outputs.sum::<u64>(), 2450);
}

#[traced_worker]
fn end(pool: Pool<double>) -> PoolReport {
    for number in 0..3 {
        pool.send(number).unwrap();
    }
    pool.shutdown(Duration::MAX)
}

/// The thread that shuts it down is needed to drain it.
#[test]
fn a_worker_shuts_another_pool_on_its_threads_down() {
    for number in [1, 2] {
        let threads = Threads::new(number).unwrap();
        let pool = double::pool().on(&threads).start().unwrap();
        let ends = end::pool().on(&threads).start().unwrap();
        let Ok(report) = ends.dispatch(pool).unwrap().wait_timeout(HANGS) else {
            panic!("it waits for itself");
        };
        let report = report.unwrap();
        assert_eq!((report.completed, report.running), (3, 0));
        assert!(report.is_clean());
        assert_eq!(ends.shutdown(Duration::MAX).completed, 1);
    }
}

/// It waits for the message that another thread runs.
#[test]
fn a_worker_that_shuts_a_pool_down_is_woken_by_the_end_of_its_last_message() {
    let threads = Threads::new(2).unwrap();
    let holds = hold::pool().on(&threads).start().unwrap();
    let (held, release) = latch();
    holds.send(held).unwrap();
    release.wait_until_held();
    let ended = {
        let holds = holds.clone();
        threads
            .spawn(move || holds.shutdown(Duration::MAX))
            .unwrap()
    };
    wait_until(|| holds.is_closed());
    drop(release);
    let Ok(report) = ended.wait_timeout(HANGS) else {
        panic!("nothing wakes it");
    };
    assert_eq!(report.unwrap().completed, 1);
}

#[traced_worker]
fn end_own(pool: Pool<end_own>, begins: bool) -> Option<PoolReport> {
    begins.then(|| {
        for _ in 0..3 {
            pool.send((pool.clone(), false)).unwrap();
        }
        pool.shutdown(Duration::MAX)
    })
}

#[test]
fn a_worker_on_shared_threads_that_shuts_its_own_pool_down_does_not_wait_for_itself() {
    for number in [1, 2, 4] {
        let threads = Threads::new(number).unwrap();
        let pool = end_own::pool().on(&threads).start().unwrap();
        let handle = pool.dispatch((pool.clone(), true)).unwrap();
        let Ok(report) = handle.wait_timeout(HANGS) else {
            panic!("it waits for itself");
        };
        let report = report.unwrap().unwrap();
        assert_eq!(
            (report.completed, report.running, report.abandoned),
            (3, 1, 0)
        );
    }
}

#[traced_worker]
fn start_a_pool(threads: Threads) -> u64 {
    let pool = double::pool().on(&threads).start().unwrap();
    pool.dispatch(21).unwrap().wait().unwrap()
}

#[test]
fn a_worker_may_start_a_pool_on_its_threads() {
    let threads = Threads::new(1).unwrap();
    let pool = start_a_pool::pool().on(&threads).start().unwrap();
    for _ in 0..20 {
        assert_eq!(pool.dispatch(threads.clone()).unwrap().wait().unwrap(), 42);
    }
}

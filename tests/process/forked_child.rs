//! A pool in a forked child, where none of its threads exists: nothing hangs there. In a process of
//! its own, because a fork copies whatever other tests do at that moment.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Write as _, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fork::{Fork, fork, waitpid_nohang};
use rustix::process::{Pid, Signal, kill_process};
use traced_worker::{
    DispatchError, DispatchTimeoutError, Pool, Shutdown, StartError, Threads, TryDispatchError,
    traced_worker,
};
use traced_worker_tests::{HANGS, Latch, Release, latch};

/// Forks at so many moments of a busy pool.
const ROUNDS: usize = 200;

const SHORT: Duration = Duration::from_millis(50);

#[traced_worker]
fn work(latch: Option<Latch>) {
    if let Some(latch) = latch {
        latch.hold();
    }
}

/// Runs `work` in a forked child, and fails if it panics or hangs there.
fn in_child(work: impl FnOnce()) {
    let child = match fork().unwrap() {
        Fork::Parent(child) => child,
        Fork::Child => {
            let done = catch_unwind(AssertUnwindSafe(work));
            if let Err(payload) = &done {
                let text = payload.downcast_ref::<String>().map(String::as_str);
                let text = text.or(payload.downcast_ref::<&str>().copied());
                let _ = writeln!(stderr(), "in the child: {}", text.unwrap_or("a panic"));
            }
            exit(i32::from(done.is_err()));
        }
    };
    let start = Instant::now();
    loop {
        match waitpid_nohang(child).unwrap() {
            Some(status) => {
                assert_eq!(status, 0, "the child fails");
                return;
            }
            None if start.elapsed() > HANGS => {
                let _ = kill_process(Pid::from_raw(child).unwrap(), Signal::KILL);
                panic!("the child hangs");
            }
            None => thread::sleep(Duration::from_millis(1)),
        }
    }
}

#[test]
fn an_idle_pool_can_be_used_and_shut_down() {
    let pool = work::pool().threads(2).start().unwrap();
    pool.dispatch(None).unwrap().wait().unwrap();
    in_child(|| {
        let stats = pool.stats();
        assert_eq!((stats.completed, stats.running), (1, 0));
        let first = pool.try_dispatch(None).unwrap();
        pool.send(None).unwrap();
        let error = pool.dispatch_timeout(None, SHORT).unwrap_err();
        assert!(matches!(error, DispatchTimeoutError::Closed(_)));
        assert_eq!(pool.stats().queued, 2);
        let first = first.wait_timeout(SHORT).expect_err("nothing runs it");
        // It waits for nothing.
        let report = pool.shutdown(HANGS);
        assert_eq!(
            (report.completed, report.abandoned, report.running),
            (1, 2, 0)
        );
        assert!(first.wait().unwrap_err().is_abandoned());
        assert!(pool.shutdown(HANGS).repeated);
    });
    pool.dispatch(None).unwrap().wait().unwrap();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 2);
}

/// Returns a pool whose one thread is held, and whose queue is full.
fn full_pool() -> (Pool<work>, Release) {
    let pool = work::pool().threads(1).queue_capacity(2).start().unwrap();
    let (latch, release) = latch();
    pool.send(Some(latch)).unwrap();
    release.wait_until_held();
    pool.send(None).unwrap();
    pool.send(None).unwrap();
    (pool, release)
}

#[test]
fn a_full_queue_blocks_nobody_for_ever() {
    let (pool, release) = full_pool();
    in_child(|| {
        let stats = pool.stats();
        assert_eq!((stats.queued, stats.running), (2, 1));
        let error = pool.try_dispatch(None).unwrap_err();
        assert!(matches!(error, TryDispatchError::Full(_)));
        let error = pool.dispatch_timeout(None, SHORT).unwrap_err();
        assert!(matches!(error, DispatchTimeoutError::Closed(_)));
        let error = pool.dispatch(None).unwrap_err();
        assert!(matches!(error, DispatchError::Closed(_)));
        let shutdown = Shutdown::builder().timeout(HANGS).pool(&pool).build();
        let report = shutdown.run();
        assert_eq!((report.jobs.abandoned, report.jobs.running), (2, 1));
        assert!(!report.is_clean());
    });
    // Nothing of that reaches the parent.
    release.release();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
}

#[test]
fn shared_threads_are_those_of_the_parent() {
    let threads = Threads::new(1).unwrap();
    let pool = work::pool().on(&threads).queue_capacity(2).start().unwrap();
    let (latch, release) = latch();
    pool.send(Some(latch)).unwrap();
    release.wait_until_held();
    pool.send(None).unwrap();
    pool.send(None).unwrap();
    in_child(|| {
        let error = pool.dispatch(None).unwrap_err();
        assert!(matches!(error, DispatchError::Closed(_)));
        let started = work::pool().on(&threads).start();
        assert!(matches!(started, Err(StartError::Spawn(_))));
        let spawned = threads.spawn(|| ()).unwrap();
        assert_eq!(threads.shutdown(HANGS).abandoned, 1);
        assert!(spawned.wait().unwrap_err().is_abandoned());
        let report = pool.shutdown(HANGS);
        assert_eq!((report.abandoned, report.running), (2, 1));
    });
    release.release();
    assert_eq!(threads.spawn(|| 7).unwrap().wait().unwrap(), 7);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
}

#[traced_worker]
fn use_in_child(threads: Threads, pool: Pool<work>) {
    in_child(|| {
        pool.send(None).unwrap();
        let error = pool.dispatch(None).unwrap_err();
        assert!(matches!(error, DispatchError::Closed(_)));
        assert_eq!(pool.shutdown(HANGS).abandoned, 1);
        assert_eq!(threads.shutdown(HANGS).abandoned, 0);
    });
}

#[test]
fn a_worker_on_shared_threads_may_fork() {
    let threads = Threads::new(1).unwrap();
    let pool = work::pool().on(&threads).queue_capacity(1).start().unwrap();
    let forks = use_in_child::pool().on(&threads).start().unwrap();
    let message = (threads.clone(), pool.clone());
    forks.dispatch(message).unwrap().wait().unwrap();
    pool.dispatch(None).unwrap().wait().unwrap();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 1);
}

/// Ends the threads of a test, also if it fails.
struct StopsWhenDropped<'a>(&'a AtomicBool);

impl Drop for StopsWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Whatever lock another thread holds at the fork stays locked in the child.
#[test]
fn a_busy_pool_is_shut_down_in_time() {
    let pool = work::pool().threads(2).queue_capacity(4).start().unwrap();
    let stops = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stops.load(Ordering::Relaxed) {
                    let _ = pool.send(None);
                    let _ = pool.stats();
                }
            });
        }
        let _stops = StopsWhenDropped(&stops);
        for _ in 0..ROUNDS {
            in_child(|| {
                let _ = pool.stats();
                let error = pool.dispatch_timeout(None, SHORT).unwrap_err();
                assert!(matches!(error, DispatchTimeoutError::Closed(_)));
                let _ = pool.shutdown(Duration::from_millis(1));
            });
        }
    });
    assert!(pool.shutdown(Duration::MAX).is_clean());
}

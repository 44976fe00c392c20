//! Shutdown: closed intake, drain, deadline, report.

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Status, Tracer as _};
use traced_worker::{Pool, PoolReport, TryDispatchError, traced_worker};
use traced_worker_tests::{
    Latch, Recorder, attribute, join, latch, rounds, spawn_blocked, wait_until,
};

#[traced_worker]
fn work(number: u32) -> Result<u32, String> {
    match number % 3 {
        0 => Ok(number),
        1 => Err("one".to_owned()),
        _ => panic!("two"),
    }
}

#[traced_worker]
fn held(latch: Latch) {
    latch.hold();
}

fn figures(report: &PoolReport) -> [u64; 5] {
    [
        report.completed,
        report.failed,
        report.panicked,
        report.abandoned,
        report.running,
    ]
}

#[test]
fn every_accepted_message_is_run_and_counted() {
    let pool = work::pool().threads(2).queue_capacity(100).start().unwrap();
    for number in 0..30 {
        pool.send(number).unwrap();
    }
    let report = pool.shutdown(Duration::MAX);
    assert_eq!(figures(&report), [10, 10, 10, 0, 0]);
    assert!(report.is_clean() && !report.repeated);
    let again = pool.shutdown(Duration::ZERO);
    assert_eq!(figures(&again), figures(&report));
    assert!(again.repeated);
    assert_eq!(
        again.to_string(),
        "10 completed, 10 failed, 10 panicked, 0 abandoned (was shut down before)"
    );
}

#[test]
fn at_the_deadline_queued_messages_are_abandoned_and_their_spans_ended() {
    let recorder = Recorder::new();
    let pool = recorder.pool(held::pool().queue_capacity(8));
    let (first, release) = latch();
    recorder.tracer().in_span("parent", |_| {
        pool.send(first).unwrap();
        release.wait_until_held();
        for _ in 0..5 {
            pool.send(latch().0).unwrap();
        }
    });
    let report = pool.shutdown(Duration::from_millis(1));
    assert_eq!(figures(&report), [0, 0, 0, 5, 1]);
    assert!(!report.is_clean());
    let parent = recorder.only("parent");
    // They may end a little later than the shutdown.
    wait_until(|| recorder.named("held").len() == 5);
    let abandoned = recorder.named("held");
    for span in &abandoned {
        Recorder::assert_child(span, &parent);
        assert!(
            matches!(&span.status, Status::Error { description } if description.contains("shut down"))
        );
        assert_eq!(
            attribute(span, "error.type").unwrap().to_string(),
            "abandoned"
        );
    }
    assert_eq!(pool.stats().abandoned, 5);
    release.release();
}

#[test]
fn a_shutdown_waits_for_running_and_queued_messages() {
    let pool = held::pool().threads(1).start().unwrap();
    let (first, release_first) = latch();
    let (second, release_second) = latch();
    pool.send(first).unwrap();
    release_first.wait_until_held();
    pool.send(second).unwrap();
    let report = thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the thread.
        let (release_first, release_second) = (release_first, release_second);
        let shutdown = spawn_blocked(scope, || pool.shutdown(Duration::MAX));
        release_first.release();
        release_second.wait_until_held();
        assert!(!shutdown.is_finished());
        release_second.release();
        join(shutdown)
    });
    assert_eq!(figures(&report), [2, 0, 0, 0, 0]);
    assert!(report.is_clean());
}

#[test]
fn a_second_shutdown_waits_for_the_first_and_agrees_with_it() {
    let pool = held::pool().threads(2).start().unwrap();
    let (latch, release) = latch();
    pool.send(latch).unwrap();
    release.wait_until_held();
    let reports: [PoolReport; 2] = thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the threads.
        let release = release;
        let shutdown = || pool.shutdown(Duration::MAX);
        let shutdowns = [(); 2].map(|()| spawn_blocked(scope, shutdown));
        release.release();
        shutdowns.map(join)
    });
    assert_eq!(figures(&reports[0]), [1, 0, 0, 0, 0]);
    assert_eq!(figures(&reports[0]), figures(&reports[1]));
    assert_eq!(reports.iter().filter(|report| report.repeated).count(), 1);
}

#[test]
fn dropping_a_pool_does_not_block_and_accepted_messages_are_run() {
    let pool = held::pool().threads(1).queue_capacity(4).start().unwrap();
    let (latches, releases): (Vec<_>, Vec<_>) = (0..3).map(|_| latch()).unzip();
    for latch in latches {
        pool.send(latch).unwrap();
    }
    thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the thread.
        let releases = releases;
        join(scope.spawn(|| drop(pool)));
        for release in releases {
            release.wait_until_held();
            release.release();
        }
    });
}

#[test]
fn an_idle_pool_shuts_down() {
    let pool = work::pool().threads(3).start().unwrap();
    assert_eq!(figures(&pool.shutdown(Duration::MAX)), [0; 5]);
}

#[test]
fn nothing_accepted_is_lost_while_dispatchers_race_with_the_shutdown() {
    for round in 0..rounds(20).max(2) {
        let timeout = if round % 2 == 0 {
            Duration::MAX
        } else {
            Duration::ZERO
        };
        let pool = work::pool().threads(2).queue_capacity(4).start().unwrap();
        let (accepted, report) = thread::scope(|scope| {
            let dispatchers = [(); 3].map(|()| {
                scope.spawn(|| {
                    let mut accepted = 0_u64;
                    while let Ok(handle) = pool.dispatch(0) {
                        drop(handle);
                        accepted += 1;
                    }
                    accepted
                })
            });
            wait_until(|| pool.stats().completed >= 10);
            let report = pool.shutdown(timeout);
            let accepted: u64 = dispatchers.into_iter().map(|it| it.join().unwrap()).sum();
            (accepted, report)
        });
        assert_eq!(accepted, figures(&report).iter().sum::<u64>(), "{report}");
        assert_eq!(pool.stats().queued, 0);
        assert!(report.is_clean() || timeout.is_zero());
    }
}

#[traced_worker]
fn feed_self(job: (Pool<feed_self>, u32)) -> bool {
    let (pool, left) = job;
    left == 0 || pool.clone().send((pool, left - 1)).is_ok()
}

#[test]
fn a_worker_may_dispatch_to_its_own_pool_while_it_shuts_down() {
    let pool = feed_self::pool()
        .threads(1)
        .queue_capacity(2)
        .start()
        .unwrap();
    pool.send((pool.clone(), u32::MAX)).unwrap();
    wait_until(|| pool.stats().completed > 0);
    let report = pool.shutdown(Duration::MAX);
    assert!(report.completed > 0);
    assert!(matches!(
        pool.try_send((pool.clone(), 0)),
        Err(TryDispatchError::Closed(_))
    ));
}

#[test]
fn stats_add_up() {
    let pool = held::pool().threads(2).queue_capacity(8).start().unwrap();
    let (latches, releases): (Vec<_>, Vec<_>) = (0..5).map(|_| latch()).unzip();
    for latch in latches {
        pool.send(latch).unwrap();
    }
    releases[0].wait_until_held();
    releases[1].wait_until_held();
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.running, stats.completed), (3, 2, 0));
    assert_eq!(
        stats.to_string(),
        "3 queued, 2 running, 0 completed, 0 failed, 0 panicked, 0 cancelled, 0 abandoned"
    );
    drop(releases);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 5);
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.running, stats.completed), (0, 0, 5));
}

/// Returns a report with the figures 1, 2, 3, 4, 5, 6, each times `factor`.
fn report(factor: u64) -> PoolReport {
    let mut report = PoolReport::default();
    report.completed = factor;
    report.failed = 2 * factor;
    report.panicked = 3 * factor;
    report.cancelled = 4 * factor;
    report.abandoned = 5 * factor;
    report.running = 6 * factor;
    report
}

#[test]
fn reports_of_several_pools_add_up() {
    let mut sum = report(1);
    sum += report(10);
    assert_eq!(sum, report(11));
    let mut repeated = PoolReport::default();
    repeated.repeated = true;
    sum += repeated;
    assert!(sum.repeated);
    sum += report(1);
    assert!(sum.repeated);
}

#[test]
fn a_report_is_clean_if_nothing_was_abandoned_and_nothing_runs() {
    let mut clean = report(1);
    (clean.abandoned, clean.running) = (0, 0);
    assert!(clean.is_clean());
    let mut abandoned = clean;
    abandoned.abandoned = 1;
    assert!(!abandoned.is_clean());
    let mut running = clean;
    running.running = 1;
    assert!(!running.is_clean());
}

#[test]
fn a_report_names_what_is_not_zero() {
    assert_eq!(
        report(1).to_string(),
        "1 completed, 2 failed, 3 panicked, 5 abandoned, 4 cancelled, 6 still running"
    );
    assert_eq!(
        PoolReport::default().to_string(),
        "0 completed, 0 failed, 0 panicked, 0 abandoned"
    );
}

/// A thread's local whose destructor is held.
struct Held(Latch);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.hold();
    }
}

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

#[traced_worker]
fn keep_in_local(latch: Latch) {
    HELD.set(Some(Held(latch)));
}

#[test]
fn a_shutdown_waits_for_the_destructors_of_its_threads_locals() {
    let pool = keep_in_local::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    pool.dispatch(latch).unwrap().wait().unwrap();
    thread::scope(|scope| {
        let release = release;
        let shutdown = spawn_blocked(scope, || pool.shutdown(Duration::MAX));
        release.wait_until_held();
        assert!(!shutdown.is_finished());
        release.release();
        assert_eq!(figures(&join(shutdown)), [1, 0, 0, 0, 0]);
    });
}

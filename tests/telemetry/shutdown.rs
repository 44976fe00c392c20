//! The coordinated shutdown, at bad moments.

use std::panic;
use std::sync::{Arc, Barrier, OnceLock};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use traced_worker::telemetry::ShutdownReport;
use traced_worker::{DispatchError, JobError, Pool, Shutdown, traced_worker};
use traced_worker_tests::{Latch, Recorder, latch};

/// Nothing here takes that long, or it hangs.
const LONG: Duration = Duration::from_mins(10);

enum Step {
    Nothing,
    Fail,
    Panic,
    Hold(Latch),
    /// Dispatches to the second pool.
    Forward(Arc<Pool<second>>),
    /// Dispatches to its own pool.
    Again(Arc<OnceLock<Arc<Pool<first>>>>),
    /// Shuts everything down.
    ShutDown(Arc<OnceLock<Shutdown>>),
}

#[traced_worker]
fn first(step: Step) -> Result<(), String> {
    match step {
        Step::Nothing => Ok(()),
        Step::Fail => Err("told to".into()),
        Step::Panic => panic::resume_unwind(Box::new("told to")),
        Step::Hold(latch) => {
            latch.hold();
            Ok(())
        }
        Step::Forward(pool) => pool.send(1).map_err(|error| error.to_string()),
        Step::Again(own) => {
            let own = own.get().ok_or("no pool")?;
            own.try_send(Step::Nothing)
                .map_err(|error| error.to_string())
        }
        Step::ShutDown(shutdown) => {
            let shutdown = shutdown.get().ok_or("no shutdown")?;
            let report = shutdown.run();
            (report.running == 1)
                .then_some(())
                .ok_or(report.to_string())
        }
    }
}

#[traced_worker]
fn second(number: u32) -> u32 {
    number
}

fn pool(recorder: &Recorder, threads: usize, queue: usize) -> Arc<Pool<first>> {
    let builder = first::pool().threads(threads).queue(queue);
    Arc::new(
        builder
            .tracer_provider(recorder.provider())
            .start()
            .expect("a pool"),
    )
}

fn accounted(report: &ShutdownReport) -> u64 {
    report.completed + report.failed + report.panicked + report.abandoned + report.running
}

#[test]
fn dispatchers_that_are_blocked_are_told_and_what_was_accepted_is_run() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 1);
    let shutdown = Shutdown::within(LONG).pool(Arc::clone(&pool)).build();
    let (hold, release) = latch();
    pool.send(Step::Hold(hold)).expect("open");
    release.wait_until_held();
    pool.send(Step::Nothing).expect("room for one");
    let blocked: Vec<_> = (0..8)
        .map(|_| {
            let pool = Arc::clone(&pool);
            thread::spawn(move || matches!(pool.send(Step::Nothing), Err(DispatchError::Closed(_))))
        })
        .collect();
    let running = {
        let shutdown = shutdown.clone();
        thread::spawn(move || shutdown.run())
    };
    // Closed while the worker is held and the queue is full.
    let told = blocked
        .into_iter()
        .map(|thread| thread.join().expect("no panic"));
    assert!(told.collect::<Vec<_>>().iter().all(|told| *told));
    release.release();
    let report = running.join().expect("no panic");
    assert_eq!((report.completed, accounted(&report)), (2, 2));
    assert!(report.is_clean() && !report.repeated);
    assert_eq!(recorder.spans().len(), 2);
}

#[test]
fn a_panic_in_the_middle_is_counted() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 2, 64);
    for number in 0..60 {
        let step = match number % 3 {
            0 => Step::Panic,
            1 => Step::Fail,
            _ => Step::Nothing,
        };
        pool.send(step).expect("open");
    }
    let report = Shutdown::within(LONG).pool(pool).build().run();
    assert_eq!(
        (
            report.completed,
            report.failed,
            report.panicked,
            report.abandoned
        ),
        (20, 20, 20, 0)
    );
    assert_eq!(recorder.spans().len(), 60);
}

#[test]
fn a_worker_that_dispatches_to_its_own_pool_is_told_that_it_is_closed() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    let own = Arc::new(OnceLock::new());
    assert!(own.set(Arc::clone(&pool)).is_ok());
    let (hold, release) = latch();
    pool.send(Step::Hold(hold)).expect("open");
    release.wait_until_held();
    let early = pool.dispatch(Step::Again(own)).expect("open");
    let shutdown = Shutdown::within(LONG).pool(Arc::clone(&pool)).build();
    let running = thread::spawn(move || shutdown.run());
    while !matches!(pool.try_send(Step::Nothing), Err(DispatchError::Closed(_))) {
        thread::yield_now();
    }
    release.release();
    let report = running.join().expect("no panic");
    assert!(
        early.wait().expect("it was run").is_err(),
        "the pool was closed by then"
    );
    assert_eq!(accounted(&report), recorder.spans().len() as u64);
    assert_eq!(report.abandoned, 0);
}

#[test]
fn a_worker_that_never_returns_is_left_at_the_deadline() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    let (hold, release) = latch();
    pool.send(Step::Hold(hold)).expect("open");
    release.wait_until_held();
    let abandoned = pool.dispatch(Step::Nothing).expect("open");
    let report = Shutdown::within(Duration::from_millis(50))
        .pool(pool)
        .build()
        .run();
    assert_eq!(
        (report.running, report.abandoned, accounted(&report)),
        (1, 1, 2)
    );
    assert!(matches!(abandoned.wait(), Err(JobError::Abandoned)));
    assert!(report.timed_out && !report.is_clean());
    release.release();
}

#[test]
fn pools_that_feed_each_other_are_drained_in_their_order() {
    let recorder = Recorder::new();
    let first = pool(&recorder, 2, 64);
    let builder = second::pool().threads(2).queue(1);
    let second = builder.tracer_provider(recorder.provider()).start();
    let second = Arc::new(second.expect("a pool"));
    for _ in 0..50 {
        first
            .send(Step::Forward(Arc::clone(&second)))
            .expect("open");
    }
    let shutdown = Shutdown::within(LONG).pool(first).pool(second).build();
    let report = shutdown.run();
    // Each of the fifty was still taken by the second pool.
    assert_eq!(
        (report.completed, report.failed, report.abandoned),
        (100, 0, 0)
    );
    assert_eq!(recorder.named("second").len(), 50);
}

#[test]
fn two_at_once_and_all_who_wait_get_the_same_figures() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 2, 64);
    for _ in 0..40 {
        pool.send(Step::Nothing).expect("open");
    }
    let shutdown = Shutdown::within(LONG).pool(pool).build();
    let begin = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let (shutdown, begin) = (shutdown.clone(), Arc::clone(&begin));
            thread::spawn(move || {
                begin.wait();
                if number < 2 {
                    shutdown.run()
                } else {
                    shutdown.wait()
                }
            })
        })
        .collect();
    let reports: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect();
    assert!(reports.iter().all(|report| report.completed == 40));
    assert!(
        reports[0].repeated != reports[1].repeated,
        "one of them did it"
    );
    assert!(!reports[2].repeated && !reports[3].repeated);
    assert_eq!(shutdown.report(), Some(reports[2].clone()));
}

#[test]
fn a_worker_may_begin_the_shutdown_which_then_does_not_wait_for_it_for_ever() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 2, 8);
    let cell = Arc::new(OnceLock::new());
    let shutdown = Shutdown::within(Duration::from_millis(50))
        .pool(Arc::clone(&pool))
        .build();
    assert!(cell.set(shutdown.clone()).is_ok());
    let handle = pool.dispatch(Step::ShutDown(cell)).expect("open");
    assert_eq!(handle.wait().expect("it was run"), Ok(()));
    assert_eq!(shutdown.wait().running, 1);
}

#[test]
fn it_runs_inside_tokio() {
    for runtime in [
        Builder::new_multi_thread().worker_threads(2).build(),
        Builder::new_current_thread().build(),
    ] {
        let runtime = runtime.expect("a runtime");
        let recorder = Recorder::new();
        let pool = pool(&recorder, 1, 8);
        let shutdown = Shutdown::within(LONG).pool(Arc::clone(&pool)).build();
        let (hold, release) = latch();
        pool.send(Step::Hold(hold)).expect("open");
        release.wait_until_held();
        let report = runtime.block_on(async {
            let finished = tokio::spawn(shutdown.run_async());
            // The runtime goes on while the pool is drained.
            tokio::spawn(async move { release.release() })
                .await
                .expect("no panic");
            finished.await.expect("no panic")
        });
        assert_eq!((report.completed, report.repeated), (1, false));
        // It may also block where it is called, as it does outside.
        assert!(runtime.block_on(async { shutdown.run() }).repeated);
    }
}

#[test]
fn dropping_the_future_does_not_stop_the_shutdown() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    let shutdown = Shutdown::within(LONG).pool(Arc::clone(&pool)).build();
    pool.send(Step::Nothing).expect("open");
    drop(shutdown.run_async());
    assert_eq!(shutdown.wait().completed, 1);
}

//! `JoinHandle::cancel`: a queued job is not run, a running one goes on.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use opentelemetry::Value;
use opentelemetry::trace::{Status, Tracer as _};
use pollster::block_on;
use traced_worker::{CallTimeoutError, JobError, JoinHandle, Pool, traced_worker};
use traced_worker_tests::{
    Latch, Recorder, Release, Wakeups, attribute, latch, rounds, wait_until,
};

struct Job {
    latch: Option<Latch>,
    /// Seen by the test when the message is dropped.
    kept: Arc<()>,
}

impl Job {
    fn plain() -> (Self, Weak<()>) {
        let kept = Arc::default();
        let dropped = Arc::downgrade(&kept);
        (Self { latch: None, kept }, dropped)
    }
}

#[traced_worker]
fn work(job: Job) -> usize {
    if let Some(latch) = job.latch {
        latch.hold();
    }
    Arc::strong_count(&job.kept)
}

/// Returns a pool whose one thread runs the job of the handle.
fn busy(recorder: &Recorder) -> (Pool<work>, JoinHandle<usize>, Release) {
    let pool = recorder.pool(work::pool());
    let (latch, release) = latch();
    let running = Job {
        latch: Some(latch),
        kept: Arc::default(),
    };
    let handle = pool.dispatch(running).unwrap();
    release.wait_until_held();
    (pool, handle, release)
}

#[test]
fn a_queued_job_that_is_cancelled_resolves_at_once_and_is_not_run() {
    let recorder = Recorder::new();
    let (pool, running, release) = busy(&recorder);
    let (job, dropped) = Job::plain();
    let handle = recorder
        .tracer()
        .in_span("parent", |_| pool.dispatch(job).unwrap());
    assert!(handle.cancel());
    assert!(!handle.cancel(), "it is cancelled once");
    assert!(handle.is_finished());
    let error = handle.wait().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!(error.to_string(), "the job was cancelled before it ended");

    release.release();
    assert_eq!(running.wait().unwrap(), 1);
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.cancelled), (1, 1));
    assert!(report.is_clean());
    assert_eq!(
        report.to_string(),
        "1 completed, 0 failed, 0 panicked, 0 abandoned, 1 cancelled"
    );
    assert!(dropped.upgrade().is_none(), "its message is dropped");
    let parent = recorder.only("parent");
    let spans = recorder.named("work");
    let span = spans
        .iter()
        .find(|it| it.parent_span_id == parent.span_context.span_id())
        .unwrap();
    let outcome = attribute(span, "traced_worker.outcome");
    assert_eq!(outcome, Some(&Value::from("cancelled")));
    assert_eq!(attribute(span, "error.type"), None);
    assert_eq!(span.status, Status::Unset);
    assert!(span.events.is_empty());
}

#[test]
fn a_running_or_finished_job_cannot_be_cancelled() {
    let recorder = Recorder::new();
    let (pool, running, release) = busy(&recorder);
    assert!(!running.cancel());
    release.release();
    wait_until(|| running.is_finished());
    assert!(!running.cancel());
    assert_eq!(running.wait().unwrap(), 1);
    let stats = pool.stats();
    assert_eq!((stats.completed, stats.cancelled), (1, 0));
    assert_eq!(
        attribute(&recorder.only("work"), "traced_worker.outcome"),
        None
    );
}

#[test]
fn a_task_that_waits_for_the_job_is_woken() {
    let recorder = Recorder::new();
    let (pool, _running, _release) = busy(&recorder);
    let mut handle = pool.dispatch(Job::plain().0).unwrap();
    let wakeups = Wakeups::new();
    assert!(wakeups.poll(&mut handle).is_pending());
    assert!(handle.cancel());
    assert_eq!(wakeups.number(), 1);
    assert!(block_on(handle).unwrap_err().is_cancelled());
}

#[test]
fn a_handle_that_is_dropped_after_the_cancellation_does_not_run_the_job() {
    let recorder = Recorder::new();
    let (pool, _running, release) = busy(&recorder);
    let (job, dropped) = Job::plain();
    let handle = pool.dispatch(job).unwrap();
    handle.cancel();
    drop(handle);
    release.release();
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.cancelled), (1, 1));
    assert!(dropped.upgrade().is_none());
}

#[test]
fn a_job_of_a_call_that_timed_out_can_be_cancelled() {
    let recorder = Recorder::new();
    let (pool, _running, release) = busy(&recorder);
    let called = pool.call_timeout(Job::plain().0, Duration::from_millis(1));
    let Err(CallTimeoutError::Pending(handle)) = called else {
        panic!("the thread is held");
    };
    assert!(handle.cancel());
    release.release();
    assert_eq!(pool.shutdown(Duration::MAX).cancelled, 1);
}

#[test]
fn a_shutdown_counts_a_cancelled_job_as_cancelled_and_an_abandoned_one_cannot_be() {
    let recorder = Recorder::new();
    let (pool, _running, _release) = busy(&recorder);
    let cancelled = pool.dispatch(Job::plain().0).unwrap();
    let abandoned = pool.dispatch(Job::plain().0).unwrap();
    assert!(cancelled.cancel());
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!(
        (report.cancelled, report.abandoned, report.running),
        (1, 1, 1)
    );
    assert!(!abandoned.cancel());
    assert!(abandoned.wait().unwrap_err().is_abandoned());
    assert!(cancelled.wait().unwrap_err().is_cancelled());
    let spans = recorder.named("work");
    let statuses: Vec<_> = spans.iter().map(|span| &span.status).collect();
    assert!(
        matches!(statuses[..], [Status::Unset, Status::Error { .. }]),
        "{statuses:?}"
    );
}

/// A waker that hangs until the other end is dropped.
struct Hangs(Receiver<()>);

impl Wake for Hangs {
    fn wake(self: Arc<Self>) {
        let _ = self.0.recv();
    }
}

/// Between the count and the end of the job: the waker of the one before it hangs.
#[test]
fn a_job_that_is_counted_as_abandoned_cannot_be_cancelled() {
    let recorder = Recorder::new();
    let (pool, _running, _release) = busy(&recorder);
    let mut first = pool.dispatch(Job::plain().0).unwrap();
    let second = pool.dispatch(Job::plain().0).unwrap();
    let (hold, held): (Sender<()>, _) = bounded(0);
    let waker = Waker::from(Arc::new(Hangs(held)));
    assert!(
        Pin::new(&mut first)
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.cancelled), (2, 0));
    assert!(!second.cancel());
    drop(hold);
    assert!(second.wait().unwrap_err().is_abandoned());
}

#[test]
fn a_cancelled_message_of_a_batch_is_not_in_the_batch() {
    #[traced_worker(batch = 8)]
    fn add(rows: Vec<(u32, Option<Latch>)>) -> u32 {
        for row in &rows {
            if let Some(latch) = &row.1 {
                latch.hold();
            }
        }
        rows.iter().map(|row| row.0).sum()
    }

    let recorder = Recorder::new();
    let pool = recorder.pool(add::pool());
    let (latch, release) = latch();
    let first = pool.dispatch((0, Some(latch))).unwrap();
    release.wait_until_held();
    let handles = pool
        .dispatch_all([(1, None), (2, None), (4, None)])
        .unwrap();
    assert!(handles[1].cancel());
    release.release();
    assert_eq!(*first.wait().unwrap(), 0);
    let outputs: Vec<_> = handles.into_iter().map(JoinHandle::wait).collect();
    assert!(matches!(outputs[1], Err(JobError::Cancelled)));
    assert_eq!(**outputs[0].as_ref().unwrap(), 5);
    assert_eq!(**outputs[2].as_ref().unwrap(), 5);

    // A batch of which nothing is left is not run.
    let (latch, release) = self::latch();
    let held = pool.dispatch((0, Some(latch))).unwrap();
    release.wait_until_held();
    for handle in pool.dispatch_all([(1, None), (2, None)]).unwrap() {
        assert!(handle.cancel());
    }
    release.release();
    held.wait().unwrap();
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.cancelled), (4, 3));
    let cancelled = |span: &&_| attribute(span, "traced_worker.outcome").is_some();
    let spans = recorder.named("add");
    assert_eq!(spans.iter().filter(cancelled).count(), 3);
    let of_batches = spans.iter().filter(|span| !cancelled(span));
    let counts: Vec<_> = of_batches
        .map(|span| attribute(span, "messaging.batch.message_count").cloned())
        .collect();
    assert_eq!(counts, [1, 2, 1].map(|count| Some(Value::I64(count))));
}

/// Cancels jobs while threads take them: each is either run or cancelled, as `cancel` returned.
#[test]
fn a_job_is_either_run_or_cancelled() {
    const JOBS: usize = rounds(2_000);

    let pool = work::pool().threads(2).queue_capacity(8).start().unwrap();
    let cancelled = thread::scope(|scope| {
        let (sender, handles) = bounded::<JoinHandle<usize>>(4);
        let canceller = scope.spawn(move || {
            let mut cancelled = 0;
            for handle in handles {
                let cancels = handle.cancel();
                assert_eq!(handle.wait().is_err(), cancels);
                cancelled += u64::from(cancels);
            }
            cancelled
        });
        for _ in 0..JOBS {
            let handle = pool.dispatch(Job::plain().0).unwrap();
            sender.send(handle).unwrap();
        }
        drop(sender);
        canceller.join().unwrap()
    });
    let report = pool.shutdown(Duration::MAX);
    assert_eq!(report.cancelled, cancelled);
    assert_eq!(report.completed + report.cancelled, JOBS as u64);
}

#[test]
#[should_panic(expected = "polled after it completed")]
fn a_cancelled_handle_completes_once() {
    let recorder = Recorder::new();
    let (pool, _running, _release) = busy(&recorder);
    let mut handle = pool.dispatch(Job::plain().0).unwrap();
    handle.cancel();
    let wakeups = Wakeups::new();
    let first = wakeups.poll(&mut handle);
    assert!(matches!(first, Poll::Ready(Err(JobError::Cancelled))));
    let _ = wakeups.poll(&mut handle);
}

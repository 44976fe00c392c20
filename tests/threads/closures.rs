//! `Threads::spawn`.

use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use traced_worker::{DispatchError, JobError, Threads};
use traced_worker_tests::{Recorder, latch, spawn_blocked, wait_until};

#[test]
fn a_closure_runs_under_the_context_of_its_spawn() {
    let recorder = Recorder::new();
    let threads = Threads::new(2).unwrap();
    let tracer = recorder.tracer();
    tracer.in_span("caller", |_| {
        let tracer = recorder.tracer();
        let spawned = threads.spawn(move || tracer.in_span("inner", |_| ()));
        spawned.unwrap().wait().unwrap();
    });
    Recorder::assert_child(&recorder.only("inner"), &recorder.only("caller"));
    // No span of its own.
    assert_eq!(recorder.spans().len(), 2);
    let has_span = threads.spawn(|| Context::current().has_active_span());
    assert!(!has_span.unwrap().wait().unwrap());
}

#[test]
fn a_closure_keeps_no_span_open() {
    let recorder = Recorder::new();
    let threads = Threads::new(1).unwrap();
    let (held, release) = latch();
    let handle = recorder
        .tracer()
        .in_span("caller", |_| threads.spawn(move || held.hold()))
        .unwrap();
    release.wait_until_held();
    assert_eq!(recorder.named("caller").len(), 1);
    drop(release);
    handle.wait().unwrap();
}

#[test]
fn a_panic_is_the_error_of_the_handle() {
    let threads = Threads::new(1).unwrap();
    let handle = threads.spawn(|| -> u32 { panic!("on purpose") }).unwrap();
    let error = handle.wait().unwrap_err();
    assert!(matches!(&error, JobError::Panicked(panic) if panic.message() == "on purpose"));
    let handle = threads
        .spawn(|| -> u32 { panic::resume_unwind(Box::new(5_u8)) })
        .unwrap();
    assert!(matches!(handle.wait(), Err(JobError::Panicked(_))));
    assert_eq!(threads.spawn(|| 7).unwrap().wait().unwrap(), 7);
    let stats = threads.stats();
    assert_eq!((stats.panicked, stats.completed), (2, 1));
}

#[test]
fn a_closure_that_has_not_begun_can_be_cancelled() {
    let threads = Threads::new(1).unwrap();
    let (held, release) = latch();
    let first = threads.spawn(move || held.hold()).unwrap();
    release.wait_until_held();
    let ran = Arc::new(AtomicBool::new(false));
    let second = {
        let ran = Arc::clone(&ran);
        threads
            .spawn(move || ran.store(true, Ordering::SeqCst))
            .unwrap()
    };
    assert!(second.cancel());
    assert!(second.wait().unwrap_err().is_cancelled());
    drop(release);
    first.wait().unwrap();
    let report = threads.shutdown(Duration::from_secs(60));
    assert_eq!((report.completed, report.cancelled), (1, 1));
    assert!(!ran.load(Ordering::SeqCst));
}

#[test]
fn the_closure_is_returned_after_the_shutdown() {
    let threads = Threads::new(1).unwrap();
    assert_eq!(
        threads.clone().shutdown(Duration::from_secs(60)).completed,
        0
    );
    match threads.spawn(|| 7) {
        Err(DispatchError::Closed(closure)) => assert_eq!(closure(), 7),
        other => panic!("{other:?}"),
    }
}

#[test]
fn closures_that_are_queued_at_the_deadline_are_abandoned() {
    let threads = Threads::new(1).unwrap();
    let (held, release) = latch();
    let first = threads.spawn(move || held.hold()).unwrap();
    release.wait_until_held();
    let second = threads.spawn(|| ()).unwrap();
    let report = threads.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.running), (1, 1));
    assert!(matches!(second.wait(), Err(JobError::Abandoned)));
    drop(release);
    first.wait().unwrap();
}

#[test]
fn spawn_waits_for_a_place_and_closures_wait_for_closures() {
    let threads = Threads::builder()
        .threads(1)
        .queue_capacity(2)
        .start()
        .unwrap();
    let (held, release) = latch();
    let first = threads.spawn(move || held.hold()).unwrap();
    release.wait_until_held();
    let mut queued = vec![threads.spawn(|| 1).unwrap(), threads.spawn(|| 2).unwrap()];
    thread::scope(|scope| {
        let blocked = spawn_blocked(scope, || threads.spawn(|| 3).unwrap());
        drop(release);
        queued.push(blocked.join().unwrap());
    });
    first.wait().unwrap();
    let outputs: Vec<_> = queued.into_iter().map(|it| it.wait().unwrap()).collect();
    assert_eq!(outputs, [1, 2, 3]);
    // On the only thread: each has more to wait for than the queue has places.
    let inner = threads.clone();
    let outer = threads.spawn(move || {
        let handles: Vec<_> = (0..20)
            .map(|number| inner.spawn(move || number).unwrap())
            .collect();
        handles
            .into_iter()
            .map(|it| it.wait().unwrap())
            .sum::<u32>()
    });
    assert_eq!(outer.unwrap().wait().unwrap(), 190);
}

#[test]
fn dropping_the_last_handle_runs_the_closures_and_ends_the_threads() {
    struct OnExit(Arc<AtomicUsize>);
    impl Drop for OnExit {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local! {
        static ON_EXIT: std::cell::RefCell<Option<OnExit>> = const { std::cell::RefCell::new(None) };
    }
    let ended = Arc::new(AtomicUsize::new(0));
    let threads = Threads::new(1).unwrap();
    let (held, release) = latch();
    let on_exit = OnExit(Arc::clone(&ended));
    let first = threads
        .spawn(move || {
            ON_EXIT.with(|it| it.replace(Some(on_exit)));
            held.hold();
        })
        .unwrap();
    let second = threads.spawn(|| 2).unwrap();
    release.wait_until_held();
    drop(threads);
    drop(release);
    first.wait().unwrap();
    assert_eq!(second.wait().unwrap(), 2);
    wait_until(|| ended.load(Ordering::SeqCst) == 1);
}

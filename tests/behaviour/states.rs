//! State that each thread has for itself.

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry::trace::Status;
use traced_worker::{JobError, StartError, traced_worker};
use traced_worker_tests::{Recorder, attribute};

/// Not `Send`, and it remembers where it was made and dropped.
struct Connection {
    calls: Rc<Cell<i64>>,
    made: ThreadId,
    dropped: Arc<Mutex<Vec<(ThreadId, ThreadId)>>>,
}

impl Connection {
    fn make(dropped: &Arc<Mutex<Vec<(ThreadId, ThreadId)>>>) -> Self {
        Self {
            calls: Rc::default(),
            made: thread::current().id(),
            dropped: Arc::clone(dropped),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let here = thread::current().id();
        self.dropped.lock().unwrap().push((self.made, here));
    }
}

#[traced_worker(fields(calls = connection.calls.get()))]
fn call(#[state] connection: &mut Connection, job: Option<Arc<Barrier>>) -> (i64, ThreadId) {
    if let Some(barrier) = job {
        barrier.wait();
    }
    connection.calls.set(connection.calls.get() + 1);
    (connection.calls.get(), connection.made)
}

#[test]
fn each_thread_makes_keeps_and_drops_its_own() {
    let dropped = Arc::default();
    let pool = {
        let dropped = Arc::clone(&dropped);
        call::pool()
            .threads(3)
            .state(move || Connection::make(&dropped))
            .start()
            .unwrap()
    };
    // All three threads are in the worker at once.
    let barrier = Arc::new(Barrier::new(3));
    let handles: Vec<_> = (0..3)
        .map(|_| pool.dispatch(Some(Arc::clone(&barrier))).unwrap())
        .collect();
    let answers: Vec<_> = handles.into_iter().map(|it| it.wait().unwrap()).collect();
    assert!(answers.iter().all(|(calls, _)| *calls == 1));
    let threads: HashSet<_> = answers.iter().map(|(_, thread)| *thread).collect();
    assert_eq!(threads.len(), 3);
    pool.shutdown(Duration::MAX);
    let dropped = dropped.lock().unwrap();
    assert_eq!(dropped.len(), 3);
    assert!(
        dropped
            .iter()
            .all(|(made, dropped)| made == dropped && threads.contains(made))
    );
}

#[test]
fn it_lives_from_message_to_message_and_fields_may_read_it() {
    let recorder = Recorder::new();
    let pool = call::pool()
        .threads(1)
        .state(|| Connection::make(&Arc::default()))
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let calls = |_| pool.dispatch(None).unwrap().wait().unwrap().0;
    assert_eq!((0..3).map(calls).collect::<Vec<_>>(), [1, 2, 3]);
    let seen: Vec<_> = recorder
        .named("call")
        .iter()
        .map(|span| attribute(span, "calls").cloned())
        .collect();
    assert_eq!(seen, [0, 1, 2].map(|calls| Some(Value::I64(calls))));
}

#[test]
fn the_function_is_still_a_function() {
    let mut connection = Connection::make(&Arc::default());
    assert_eq!(call(&mut connection, None).0, 1);
    assert_eq!(call(&mut connection, None).0, 2);
}

#[traced_worker]
fn count(#[state] calls: &mut u32, panics: bool) -> u32 {
    *calls += 1;
    assert!(!panics, "asked to panic");
    *calls
}

#[test]
fn after_a_panic_it_is_made_anew() {
    let pool = count::pool().threads(1).state(|| 0).start().unwrap();
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 1);
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 2);
    assert!(pool.dispatch(true).unwrap().wait().is_err());
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 1);
}

#[test]
fn what_cannot_be_made_again_is_told_and_tried_again() {
    let recorder = Recorder::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let pool = count::pool()
        .threads(1)
        .try_state(move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 | 2 => Ok(0),
            attempt => Err(format!("attempt {attempt} failed")),
        })
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    assert!(pool.dispatch(true).unwrap().wait().is_err());
    let error = pool.dispatch(false).unwrap().wait().unwrap_err();
    assert!(matches!(&error, JobError::State(reason) if &**reason == "attempt 1 failed"));
    assert_eq!(
        error.to_string(),
        "the worker's state could not be made: attempt 1 failed"
    );
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 1);
    let stats = pool.stats();
    assert_eq!(
        (stats.completed, stats.panicked, stats.abandoned),
        (1, 1, 1)
    );
    let statuses = recorder.named("count");
    assert!(matches!(&statuses[1].status, Status::Error { .. }));
    assert_eq!(statuses.len(), 3);
}

#[test]
fn start_returns_the_error_of_making_it() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let started = count::pool()
        .threads(4)
        .try_state(move || match counted.fetch_add(1, Ordering::Relaxed) {
            2 => Err("no more connections"),
            _ => Ok(0),
        })
        .start();
    let Err(StartError::State(error)) = started else {
        panic!("it does not start");
    };
    assert_eq!(error.to_string(), "no more connections");

    let started = count::pool()
        .threads(1)
        .state(|| panic!("making it panics"))
        .start();
    assert!(
        matches!(started, Err(StartError::State(error)) if error.to_string() == "making it panics")
    );
}

#[test]
fn a_state_that_panics_when_dropped_does_not_keep_the_pool_from_ending() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[traced_worker]
    fn armed(#[state] _bomb: &mut Bomb, panics: bool) {
        assert!(!panics, "asked to panic");
    }

    let pool = armed::pool().threads(1).state(|| Bomb).start().unwrap();
    pool.send(true).unwrap();
    pool.send(false).unwrap();
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.panicked), (1, 1));
}

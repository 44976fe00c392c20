//! State of each thread.

use std::cell::Cell;
use std::collections::HashSet;
use std::error::Error as _;
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

/// Not `Send`; records on which threads it is made and dropped.
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
fn each_thread_makes_and_drops_its_own_state() {
    let dropped = Arc::default();
    let pool = {
        let dropped = Arc::clone(&dropped);
        call::pool(move || Connection::make(&dropped))
            .threads(3)
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
fn state_outlives_messages_and_fields_can_read_it() {
    let recorder = Recorder::new();
    let pool = recorder.pool(call::pool(|| Connection::make(&Arc::default())));
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
fn the_function_can_be_called_with_a_state() {
    let mut connection = Connection::make(&Arc::default());
    assert_eq!(call(&mut connection, None).0, 1);
    assert_eq!(call(&mut connection, None).0, 2);
}

#[traced_worker]
fn count(#[state] calls: &mut u32, panics: bool) -> u32 {
    *calls += 1;
    assert!(!panics, "deliberate");
    *calls
}

#[test]
fn after_a_panic_the_state_is_made_again() {
    let pool = count::pool(|| 0).threads(1).start().unwrap();
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 1);
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 2);
    assert!(pool.dispatch(true).unwrap().wait().is_err());
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 1);
}

#[test]
fn a_state_that_cannot_be_made_again_fails_the_message_and_the_next_one_retries() {
    let recorder = Recorder::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let pool = recorder.pool(count::try_pool(move || {
        match counted.fetch_add(1, Ordering::Relaxed) {
            0 | 2 => Ok(0),
            attempt => Err(format!("attempt {attempt} failed")),
        }
    }));
    assert!(pool.dispatch(true).unwrap().wait().is_err());
    let error = pool.dispatch(false).unwrap().wait().unwrap_err();
    assert!(matches!(&error, JobError::State(_)));
    assert_eq!(error.to_string(), "the worker's state could not be made");
    assert_eq!(error.source().unwrap().to_string(), "attempt 1 failed");
    assert_eq!(pool.dispatch(false).unwrap().wait().unwrap(), 1);
    let stats = pool.stats();
    assert_eq!(
        (stats.completed, stats.panicked, stats.abandoned),
        (1, 1, 1)
    );
    let spans = recorder.named("count");
    assert_eq!(spans.len(), 3);
    let text = "the worker's state could not be made: attempt 1 failed";
    assert_eq!(spans[1].status, Status::error(text));
    assert_eq!(
        attribute(&spans[1], "error.type").unwrap().to_string(),
        "state"
    );
}

#[test]
fn start_returns_the_error_or_panic_of_making_the_state() {
    let made = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&made);
    let started = count::try_pool(move || match counted.fetch_add(1, Ordering::Relaxed) {
        2 => Err("no more connections"),
        _ => Ok(0),
    })
    .threads(4)
    .start();
    let Err(StartError::State(error)) = started else {
        panic!("the pool starts");
    };
    assert_eq!(error.to_string(), "no more connections");

    let started = count::pool(|| panic!("making it panics"))
        .threads(1)
        .start();
    assert!(
        matches!(started, Err(StartError::State(error)) if error.to_string() == "making it panics")
    );
}

#[test]
fn a_state_that_panics_when_dropped_does_not_stop_the_pool_from_ending() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[traced_worker]
    fn armed(#[state] _bomb: &mut Bomb, panics: bool) {
        assert!(!panics, "deliberate");
    }

    let pool = armed::pool(|| Bomb).threads(1).start().unwrap();
    pool.send(true).unwrap();
    pool.send(false).unwrap();
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.panicked), (1, 1));
}

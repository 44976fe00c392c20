//! A dispatch that fails hands the message back; one that waits is woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use pollster::block_on;
use traced_worker::{
    Carrier, DispatchError, DispatchTimeoutError, JoinHandle, Pool, StartError, Traced,
    TryDispatchError, traced_worker,
};
use traced_worker_tests::{HANGS, Latch, Release, join, latch, spawn_blocked, wait_until};

/// Holds its latch if it has one. It has no `Debug`: the errors need none.
struct Job(u32, Option<Latch>);

#[traced_worker]
fn work(job: Job) -> u32 {
    if let Some(latch) = job.1 {
        latch.hold();
    }
    job.0
}

/// Returns a pool whose one thread is held and whose queue of one is full.
fn full_pool() -> (Pool<work>, Release) {
    let pool = work::pool().threads(1).queue_capacity(1).start().unwrap();
    let (latch, release) = latch();
    pool.send(Job(0, Some(latch))).unwrap();
    release.wait_until_held();
    pool.send(Job(1, None)).unwrap();
    (pool, release)
}

#[test]
fn a_full_queue_hands_the_message_back() {
    let (pool, release) = full_pool();
    assert!(matches!(
        pool.try_dispatch(Job(7, None)),
        Err(TryDispatchError::Full(Job(7, None)))
    ));
    assert!(matches!(
        pool.try_send(Job(8, None)),
        Err(TryDispatchError::Full(Job(8, None)))
    ));
    let short = Duration::from_millis(1);
    assert!(matches!(
        pool.dispatch_timeout(Job(9, None), short),
        Err(DispatchTimeoutError::Timeout(Job(9, None)))
    ));
    assert!(matches!(
        pool.send_timeout(Job(10, None), short),
        Err(DispatchTimeoutError::Timeout(Job(10, None)))
    ));
    assert_eq!(pool.stats().queued, 1);
    release.release();
    assert_eq!(
        pool.shutdown(Duration::MAX).completed,
        2,
        "rejected messages are not counted"
    );
}

#[test]
fn a_closed_pool_hands_the_message_back() {
    let pool = work::pool().threads(1).start().unwrap();
    pool.shutdown(Duration::MAX);
    let job = || Job(7, None);
    assert!(matches!(
        pool.dispatch(job()),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.try_dispatch(job()),
        Err(TryDispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.dispatch_timeout(job(), Duration::MAX),
        Err(DispatchTimeoutError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.send(job()),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.try_send(job()),
        Err(TryDispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.send_timeout(job(), Duration::MAX),
        Err(DispatchTimeoutError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        block_on(pool.send_async(job())),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        block_on(pool.dispatch_async(job())),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    let error = pool.dispatch_all([job(), Job(8, None)]).unwrap_err();
    assert!(error.handles.is_empty());
    assert_eq!(
        error.messages.iter().map(|job| job.0).collect::<Vec<_>>(),
        [7, 8]
    );
}

#[test]
fn a_shutdown_hands_the_message_back_to_every_blocked_dispatcher() {
    /// Dispatches, and expects that the pool is closed meanwhile.
    type Dispatch = fn(&Pool<work>, Job) -> Job;
    const WAYS: [Dispatch; 7] = [
        |pool, job| pool.dispatch(job).unwrap_err().into_message(),
        |pool, job| pool.send(job).unwrap_err().into_message(),
        |pool, job| {
            let dispatched = pool.dispatch_timeout(job, Duration::MAX);
            let error = dispatched.unwrap_err();
            assert!(!error.is_timeout());
            error.into_message()
        },
        |pool, job| {
            let error = pool.send_timeout(job, Duration::MAX).unwrap_err();
            assert!(!error.is_timeout());
            error.into_message()
        },
        |pool, job| {
            block_on(pool.dispatch_async(job))
                .unwrap_err()
                .into_message()
        },
        |pool, job| block_on(pool.send_async(job)).unwrap_err().into_message(),
        |pool, job| {
            let traced = Traced::from_parts(job, Carrier::default());
            let dispatched = pool.dispatch_traced(traced);
            dispatched.unwrap_err().into_message().into_message()
        },
    ];

    let (pool, release) = full_pool();
    thread::scope(|scope| {
        // Dropped by a failed assertion, before the scope waits for the threads.
        let release = release;
        let pool = &pool;
        let dispatchers: Vec<_> = (0..)
            .zip(WAYS)
            .map(|(number, dispatch)| {
                spawn_blocked(scope, move || dispatch(pool, Job(number, None)))
            })
            .collect();
        let all = spawn_blocked(scope, || pool.dispatch_all([Job(10, None), Job(11, None)]));
        // The one thread of the pool is held, so that the deadline passes.
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!((report.running, report.abandoned), (1, 1));
        for (number, dispatcher) in (0..).zip(dispatchers) {
            assert_eq!(join(dispatcher).0, number);
        }
        let error = join(all).unwrap_err();
        assert!(error.handles.is_empty());
        assert_eq!(error.messages.len(), 2);
        drop(release);
    });
}

/// A dispatch that was polled once and waits for room.
struct Pending<F> {
    dispatch: F,
    woken: Arc<Woken>,
}

/// Starts an async dispatch into a full queue.
fn pending(
    pool: &Pool<work>,
    number: u32,
) -> Pending<impl Future<Output = Result<JoinHandle<u32>, DispatchError<Job>>> + Unpin> {
    Pending::new(pool.dispatch_async(Job(number, None)))
}

impl<F: Future + Unpin> Pending<F> {
    fn new(mut dispatch: F) -> Self {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let poll = Pin::new(&mut dispatch).poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending(), "the queue is full");
        Self { dispatch, woken }
    }
}

#[test]
fn a_pending_dispatcher_is_woken_for_a_free_slot() {
    let (pool, release) = full_pool();
    let waiting = pending(&pool, 7);
    assert!(!waiting.woken.is_set());
    release.release();
    waiting.woken.wait();
    let handle = block_on(waiting.dispatch).unwrap();
    assert_eq!(handle.wait().unwrap(), 7);
}

#[test]
fn a_shutdown_wakes_every_pending_dispatcher() {
    let (pool, release) = full_pool();
    // More of them than the queue has slots.
    let waiting = [0, 1, 2, 3, 4].map(|number| pending(&pool, number));
    pool.shutdown(Duration::ZERO);
    for (number, waiting) in (0..).zip(waiting) {
        waiting.woken.wait();
        match block_on(waiting.dispatch) {
            Err(DispatchError::Closed(job)) => assert_eq!(job.0, number),
            other => panic!("{other:?}"),
        }
    }
    release.release();
}

#[test]
fn a_woken_dispatcher_that_is_dropped_passes_its_slot_on() {
    let (pool, release) = full_pool();
    let first = pending(&pool, 7);
    let second = pending(&pool, 8);
    release.release();
    // Which of the two is woken is the queue's choice.
    wait_until(|| first.woken.is_set() || second.woken.is_set());
    let (dropped, left) = if first.woken.is_set() {
        (first, second)
    } else {
        (second, first)
    };
    drop(dropped);
    left.woken.wait();
    block_on(left.dispatch).unwrap().wait().unwrap();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
}

#[test]
fn a_dispatcher_that_is_dropped_before_it_is_woken_is_forgotten() {
    let (pool, release) = full_pool();
    let first = pending(&pool, 7);
    let second = pending(&pool, 8);
    drop(first.dispatch);
    release.release();
    second.woken.wait();
    assert!(!first.woken.is_set());
    assert_eq!(block_on(second.dispatch).unwrap().wait().unwrap(), 8);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
}

/// A waker that remembers that it was called.
#[derive(Default)]
struct Woken(Mutex<bool>, Condvar);

impl Woken {
    fn is_set(&self) -> bool {
        *self.0.lock().unwrap()
    }

    fn wait(&self) {
        let woken = self.0.lock().unwrap();
        let waited = self.1.wait_timeout_while(woken, HANGS, |woken| !*woken);
        assert!(*waited.unwrap().0, "the waker is called");
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }
}

#[test]
fn a_dispatch_async_that_is_never_polled_dispatches_nothing() {
    let pool = work::pool().threads(1).start().unwrap();
    drop(pool.dispatch_async(Job(7, None)));
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.abandoned), (0, 0));
}

#[test]
fn a_thousand_async_dispatches_pass_through_a_queue_of_one() {
    const EACH: u32 = if cfg!(miri) { 2 } else { 100 };

    let pool = work::pool().threads(2).queue_capacity(1).start().unwrap();
    let total: u32 = thread::scope(|scope| {
        let threads: Vec<_> = (0..10)
            .map(|_| {
                let pool = &pool;
                scope.spawn(move || {
                    block_on(async {
                        let mut total = 0;
                        for number in 0..EACH {
                            let handle = pool.dispatch_async(Job(number, None)).await.unwrap();
                            total += handle.await.unwrap();
                        }
                        total
                    })
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).sum()
    });
    assert_eq!(total, 10 * (EACH * (EACH - 1) / 2));
}

#[test]
fn a_pool_without_threads_or_queue_does_not_start() {
    assert!(matches!(
        work::pool().threads(0).start(),
        Err(StartError::NoThreads)
    ));
    assert!(matches!(
        work::pool().queue_capacity(0).start(),
        Err(StartError::NoQueue)
    ));
}

#[test]
fn errors_name_what_is_wrong_and_show_no_message() {
    type BoxError = Box<dyn std::error::Error + Send + Sync>;
    let full: BoxError = Box::new(TryDispatchError::Full(7_u32));
    assert_eq!(full.to_string(), "the pool's queue is full");
    assert_eq!(format!("{full:?}"), "Full(..)");
    let timeout: BoxError = Box::new(DispatchTimeoutError::Timeout(7_u32));
    assert_eq!(
        timeout.to_string(),
        "the pool's queue stayed full until the timeout"
    );
    assert_eq!(format!("{timeout:?}"), "Timeout(..)");
    let closed: [BoxError; 3] = [
        Box::new(DispatchError::Closed(7_u32)),
        Box::new(TryDispatchError::Closed(7_u32)),
        Box::new(DispatchTimeoutError::Closed(7_u32)),
    ];
    for error in closed {
        assert_eq!(
            error.to_string(),
            "the pool is shut down and accepts no more messages"
        );
        assert_eq!(format!("{error:?}"), "Closed(..)");
    }
}

#[test]
fn a_woken_dispatcher_that_is_never_polled_again_keeps_no_slot() {
    let (pool, release) = full_pool();
    let waiting = [7, 8].map(|number| pending(&pool, number));
    release.release();
    // The queue is empty then, and neither was polled again: both must have been woken.
    for dispatch in &waiting {
        dispatch.woken.wait();
    }
}

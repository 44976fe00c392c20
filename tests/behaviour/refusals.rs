//! Every dispatch that fails hands the message back.

use std::future::Future as _;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use pollster::block_on;
use traced_worker::{CallError, DispatchError, Pool, StartError, traced_worker};
use traced_worker_tests::{Latch, Release, latch};

/// Holds its latch if it has one. It has no `Debug`, and needs none.
struct Job(u32, Option<Latch>);

#[traced_worker]
fn work(job: Job) -> u32 {
    if let Some(latch) = job.1 {
        latch.hold();
    }
    job.0
}

/// A pool whose one thread is held and whose queue of one is full.
fn full_pool() -> (Pool<work>, Release) {
    let pool = work::pool().threads(1).queue(1).start().unwrap();
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
        Err(DispatchError::Full(Job(7, None)))
    ));
    assert!(matches!(
        pool.try_send(Job(8, None)),
        Err(DispatchError::Full(Job(8, None)))
    ));
    let timed_out = pool.dispatch_timeout(Job(9, None), Duration::from_millis(1));
    assert!(matches!(timed_out, Err(DispatchError::Full(Job(9, None)))));
    assert_eq!(pool.stats().queued, 1);
    release.release();
    assert_eq!(
        pool.shutdown(Duration::MAX).completed,
        2,
        "what was refused is not counted"
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
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.dispatch_timeout(job(), Duration::MAX),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.send(job()),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.try_send(job()),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        block_on(pool.dispatch_async(job())),
        Err(DispatchError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        pool.call(job()),
        Err(CallError::Closed(Job(7, None)))
    ));
    assert!(matches!(
        block_on(pool.call_async(job())),
        Err(CallError::Closed(Job(7, None)))
    ));
    let error = pool.dispatch_all([job(), Job(8, None)]).unwrap_err();
    assert!(error.handles.is_empty());
    assert_eq!(
        error.messages.iter().map(|job| job.0).collect::<Vec<_>>(),
        [7, 8]
    );
}

#[test]
fn a_dispatcher_that_waits_for_room_is_told_of_the_shutdown() {
    let (pool, release) = full_pool();
    std::thread::scope(|scope| {
        let blocked: Vec<_> = (0..4)
            .map(|number| {
                let pool = &pool;
                scope.spawn(move || match number % 2 {
                    0 => pool.dispatch(Job(number, None)).map(drop),
                    _ => pool
                        .dispatch_timeout(Job(number, None), Duration::MAX)
                        .map(drop),
                })
            })
            .collect();
        // The held thread lets no deadline be met; nobody waits for it.
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!((report.running, report.abandoned), (1, 1));
        for (number, dispatcher) in (0..).zip(blocked) {
            match dispatcher.join().unwrap() {
                Err(DispatchError::Closed(job)) => assert_eq!(job.0, number),
                other => panic!("{other:?}"),
            }
        }
    });
    release.release();
}

#[test]
fn an_async_dispatcher_gets_the_place_that_becomes_free() {
    let (pool, release) = full_pool();
    let mut dispatch = pin!(pool.dispatch_async(Job(7, None)));
    let mut context = Context::from_waker(Waker::noop());
    assert!(
        dispatch.as_mut().poll(&mut context).is_pending(),
        "no thread is blocked"
    );
    release.release();
    let handle = block_on(dispatch).unwrap();
    assert_eq!(handle.wait().unwrap(), 7);
}

#[test]
fn async_dispatchers_are_told_of_the_shutdown() {
    let (pool, release) = full_pool();
    // More of them than places become free.
    let mut waiting: Vec<_> = (0..5)
        .map(|number| {
            let mut dispatch = Box::pin(pool.dispatch_async(Job(number, None)));
            let woken = Arc::new(Flag::default());
            let waker = Waker::from(Arc::clone(&woken));
            let poll = dispatch.as_mut().poll(&mut Context::from_waker(&waker));
            assert!(poll.is_pending());
            (dispatch, woken)
        })
        .collect();
    pool.shutdown(Duration::ZERO);
    for (number, (dispatch, woken)) in (0..).zip(&mut waiting) {
        woken.wait();
        match block_on(dispatch) {
            Err(DispatchError::Closed(job)) => assert_eq!(job.0, number),
            other => panic!("{other:?}"),
        }
    }
    release.release();
}

#[test]
fn a_dropped_async_dispatcher_passes_its_place_on() {
    let (pool, release) = full_pool();
    let first_woken = Arc::new(Flag::default());
    let second_woken = Arc::new(Flag::default());
    let mut first = Box::pin(pool.dispatch_async(Job(7, None)));
    let mut second = Box::pin(pool.dispatch_async(Job(8, None)));
    for (dispatch, flag) in [(&mut first, &first_woken), (&mut second, &second_woken)] {
        let waker = Waker::from(Arc::clone(flag));
        let poll = dispatch.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
    }
    release.release();
    first_woken.wait();
    // The place was the first's, which never takes it.
    drop(first);
    second_woken.wait();
    assert_eq!(block_on(second).unwrap().wait().unwrap(), 8);
}

#[derive(Default)]
struct Flag(Mutex<bool>, Condvar);

impl Flag {
    fn wait(&self) {
        let woken = self.0.lock().unwrap();
        drop(self.1.wait_while(woken, |woken| !*woken).unwrap());
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }
}

#[test]
fn an_unpolled_async_dispatch_is_not_counted() {
    let pool = work::pool().threads(1).start().unwrap();
    drop(pool.dispatch_async(Job(7, None)));
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.abandoned), (0, 0));
}

#[test]
fn a_thousand_async_dispatchers_go_through_a_queue_of_one() {
    let pool = work::pool().threads(2).queue(1).start().unwrap();
    let total: u32 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..10)
            .map(|_| {
                let pool = &pool;
                scope.spawn(move || {
                    block_on(async {
                        let mut total = 0;
                        for number in 0..100 {
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
    assert_eq!(total, 10 * 4950);
}

#[test]
fn a_pool_of_nothing_is_refused() {
    assert!(matches!(
        work::pool().threads(0).start(),
        Err(StartError::NoThreads)
    ));
    assert!(matches!(
        work::pool().queue(0).start(),
        Err(StartError::NoQueue)
    ));
}

#[test]
fn errors_say_what_happened_and_show_no_message() {
    let error = DispatchError::Full(Job(7, None));
    assert_eq!(format!("{error}"), "the pool's queue is full");
    assert_eq!(format!("{error:?}"), "Full(..)");
    assert_eq!(error.into_message().0, 7);
    let error: Box<dyn std::error::Error + Send + Sync> = Box::new(DispatchError::Closed(7_u32));
    assert_eq!(
        error.to_string(),
        "the pool is shut down and takes no more messages"
    );
}

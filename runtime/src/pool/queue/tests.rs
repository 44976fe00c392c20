//! Each wait is made certain by its event: a thread that sleeps, a pusher that is registered.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{PushError, PushWaiter, Queue, Wait};

/// Some hundred years.
const LONG: Duration = Duration::from_secs(3_000_000_001);

/// A queue with so many items in it: 0, 1, ..
fn queue(capacity: usize, workers: usize, items: u64) -> Arc<Queue<u64>> {
    let queue = Queue::new(capacity, workers);
    for item in 0..items {
        assert!(queue.push(item, Wait::Never).is_ok());
    }
    Arc::new(queue)
}

fn spawn<R: Send + 'static>(
    queue: &Arc<Queue<u64>>,
    run: impl FnOnce(&Queue<u64>) -> R + Send + 'static,
) -> JoinHandle<R> {
    let queue = Arc::clone(queue);
    thread::spawn(move || run(&queue))
}

fn spawn_pop(queue: &Arc<Queue<u64>>, worker: usize) -> JoinHandle<Option<u64>> {
    spawn(queue, move |queue| queue.pop(worker, || ()))
}

fn join<R>(thread: JoinHandle<R>) -> R {
    thread
        .join()
        .unwrap_or_else(|payload| panic::resume_unwind(payload))
}

fn wait_until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

fn wait_for_sleepers(queue: &Queue<u64>, number: usize) {
    wait_until(|| queue.idle.sleepers() == number);
}

fn wait_for_waiters(queue: &Queue<u64>, number: usize) {
    wait_until(|| queue.waiters.len() == number);
}

/// Counts how often a task is woken, and does something of its own then.
struct Task {
    woken: AtomicUsize,
    on_wake: Box<dyn Fn() + Send + Sync>,
}

impl Task {
    fn new(on_wake: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let on_wake = Box::new(on_wake);
        let woken = AtomicUsize::new(0);
        Arc::new(Self { woken, on_wake })
    }

    fn woken(&self) -> usize {
        self.woken.load(Ordering::SeqCst)
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.woken.fetch_add(1, Ordering::SeqCst);
        (self.on_wake)();
    }
}

/// An async push by hand.
struct Push {
    task: Arc<Task>,
    item: Option<u64>,
    waiter: PushWaiter,
}

impl Push {
    fn new(item: u64) -> Self {
        Self::of(Task::new(|| ()), item)
    }

    fn of(task: Arc<Task>, item: u64) -> Self {
        Self {
            task,
            item: Some(item),
            waiter: PushWaiter::default(),
        }
    }

    /// A push that waits in a full queue.
    fn waiting(queue: &Queue<u64>, item: u64) -> Self {
        let mut push = Self::new(item);
        assert!(push.poll(queue).is_pending());
        push
    }

    fn poll(&mut self, queue: &Queue<u64>) -> Poll<Result<(), PushError<u64>>> {
        let waker = Waker::from(Arc::clone(&self.task));
        let mut context = Context::from_waker(&waker);
        queue.poll_push(&mut self.item, &mut self.waiter, &mut context)
    }

    fn woken(&self) -> usize {
        self.task.woken()
    }
}

/// Whose `Drop` panics, so that a payload is dropped with a panic, too.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "a bomb is dropped");
    }
}

#[test]
fn every_item_is_taken_once() {
    for capacity in [1, 2, 7, 1024] {
        let queue = queue(capacity, 3, 0);
        let workers = [0, 1, 2].map(|worker| {
            spawn(&queue, move |queue| {
                let next = || queue.pop(worker, || ());
                std::iter::from_fn(next).sum::<u64>()
            })
        });
        let pushers = [(); 4].map(|()| {
            spawn(&queue, |queue| {
                for item in 1..=5_000 {
                    assert!(queue.push(item, Wait::Forever).is_ok());
                }
            })
        });
        for pusher in pushers {
            join(pusher);
        }
        queue.close().wake();
        let sum: u64 = workers.map(join).into_iter().sum();
        assert_eq!(sum, 4 * 5_000 * 5_001 / 2);
        assert_eq!(queue.counts(), (0, 20_000));
    }
}

#[test]
fn items_are_taken_in_the_order_of_their_pushes() {
    for capacity in [1, 2, 5] {
        let queue = queue(capacity, 1, capacity as u64);
        assert!(matches!(
            queue.push(9, Wait::Never),
            Err(PushError::Full(9))
        ));
        assert_eq!(queue.len(), capacity);
        assert_eq!(queue.capacity(), capacity);
        let taken = std::iter::from_fn(|| queue.try_pop(0));
        assert!(taken.eq(0..capacity as u64));
        assert_eq!(queue.len(), 0);
    }
}

#[test]
fn a_closed_queue_gives_its_items_and_takes_no_more() {
    for capacity in [1, 3] {
        let queue = queue(capacity, 1, 1);
        assert!(!queue.is_closed());
        queue.close().wake();
        queue.close().wake();
        assert!(queue.is_closed());
        assert!(matches!(
            queue.push(9, Wait::Never),
            Err(PushError::Closed(9))
        ));
        assert!(matches!(
            queue.push(9, Wait::Forever),
            Err(PushError::Closed(9))
        ));
        let mut push = Push::new(9);
        let polled = push.poll(&queue);
        assert!(matches!(polled, Poll::Ready(Err(PushError::Closed(9)))));
        assert_eq!(queue.pop(0, || ()), Some(0));
        assert_eq!(queue.pop(0, || ()), None);
        assert_eq!(queue.pop_until(0, Instant::now() + LONG), None);
        assert_eq!(queue.try_pop(0), None);
    }
}

#[test]
fn a_push_wakes_the_thread_that_fell_asleep_last() {
    let queue = queue(4, 3, 0);
    let mut threads = Vec::new();
    for worker in 0..3 {
        threads.push(spawn_pop(&queue, worker));
        wait_for_sleepers(&queue, worker + 1);
    }
    for item in 0..3 {
        assert!(queue.push(item, Wait::Never).is_ok());
        let thread = threads.pop().map(join);
        assert_eq!(thread, Some(Some(item)));
        assert_eq!(queue.idle.sleepers(), threads.len());
    }
}

#[test]
fn no_thread_is_woken_while_one_searches() {
    let queue = queue(4, 1, 0);
    let worker = spawn_pop(&queue, 0);
    wait_for_sleepers(&queue, 1);
    assert!(queue.idle.start_search());
    assert!(!queue.idle.start_search());
    assert!(queue.push(1, Wait::Never).is_ok());
    assert_eq!(queue.idle.sleepers(), 1);
    queue.idle.wake_one();
    assert_eq!(queue.idle.sleepers(), 1);
    queue.idle.stop_search();
    queue.wake_next();
    assert_eq!(join(worker), Some(1));
    // Nobody sleeps: no search is begun that nobody would end.
    queue.idle.wake_one();
    assert!(!queue.idle.is_searching());
}

/// Each thread keeps its item until all have one: the first that is woken must wake the next.
#[test]
fn a_thread_that_is_woken_wakes_the_next() {
    let queue = queue(4, 4, 0);
    let barrier = Arc::new(Barrier::new(4));
    let workers = [0, 1, 2, 3].map(|worker| {
        let barrier = Arc::clone(&barrier);
        spawn(&queue, move |queue| {
            let item = queue.pop(worker, || ());
            barrier.wait();
            item
        })
    });
    wait_for_sleepers(&queue, 4);
    assert!(queue.idle.start_search());
    for item in 0..4 {
        assert!(queue.push(item, Wait::Never).is_ok());
    }
    queue.idle.stop_search();
    queue.wake_next();
    let mut items = workers.map(join);
    items.sort_unstable();
    assert_eq!(items, [0, 1, 2, 3].map(Some));
}

#[test]
fn before_it_parks_a_thread_calls_back_and_may_panic() {
    let queue = queue(4, 2, 0);
    let pop = AssertUnwindSafe(|| queue.pop(0, || panic::panic_any(7)));
    assert!(panic::catch_unwind(pop).is_err());
    let worker = spawn(&queue, |queue| {
        let mut calls = 0;
        let before_park = || {
            assert!(!queue.idle.is_searching());
            calls += 1;
        };
        (queue.pop(1, before_park), calls > 0)
    });
    wait_for_sleepers(&queue, 1);
    assert!(queue.push(1, Wait::Never).is_ok());
    assert_eq!(join(worker), (Some(1), true));
}

#[test]
fn a_thread_that_lingers_returns_at_the_deadline_or_with_an_item() {
    let queue = queue(4, 2, 0);
    assert_eq!(queue.pop_until(0, Instant::now()), None);
    assert_eq!(
        queue.pop_until(0, Instant::now() + Duration::from_millis(3)),
        None
    );
    assert_eq!(queue.idle.sleepers(), 0);
    let far = Instant::now() + LONG;
    let worker = spawn(&queue, move |queue| queue.pop_until(1, far));
    wait_for_sleepers(&queue, 1);
    assert!(queue.push(1, Wait::Never).is_ok());
    assert_eq!(join(worker), Some(1));
    let worker = spawn(&queue, move |queue| queue.pop_until(1, far));
    wait_for_sleepers(&queue, 1);
    queue.close().wake();
    assert_eq!(join(worker), None);
}

/// The deadline or the item may come first: the item is taken once, and no search is left
/// over that would keep the next thread asleep.
#[test]
fn an_item_that_comes_at_the_deadline_is_not_lost() {
    const ROUNDS: usize = if cfg!(miri) { 4 } else { 200 };

    for _ in 0..ROUNDS {
        let queue = queue(4, 2, 0);
        let deadline = Instant::now() + Duration::from_micros(300);
        let worker = spawn(&queue, move |queue| queue.pop_until(0, deadline));
        wait_until(|| Instant::now() >= deadline);
        assert!(queue.push(1, Wait::Never).is_ok());
        if join(worker).is_none() {
            assert_eq!(queue.try_pop(0), Some(1));
        }
        let worker = spawn_pop(&queue, 1);
        wait_for_sleepers(&queue, 1);
        assert!(queue.push(2, Wait::Never).is_ok());
        assert_eq!(join(worker), Some(2));
    }
}

#[test]
fn a_close_wakes_whoever_waits_at_either_end() {
    let empty = queue(2, 3, 0);
    let workers = [0, 1, 2].map(|worker| spawn_pop(&empty, worker));
    wait_for_sleepers(&empty, 3);
    empty.close().wake();
    assert_eq!(workers.map(join), [None; 3]);
    assert!(!empty.idle.needs_search());

    let full = queue(2, 1, 2);
    let far = Instant::now() + LONG;
    let pushers = [Wait::Forever, Wait::Until(far)]
        .map(|wait| spawn(&full, move |queue| queue.push(9, wait)));
    let mut push = Push::waiting(&full, 9);
    wait_for_waiters(&full, 3);
    full.close().wake();
    for pusher in pushers {
        assert!(matches!(join(pusher), Err(PushError::Closed(9))));
    }
    assert_eq!(push.woken(), 1);
    let polled = push.poll(&full);
    assert!(matches!(polled, Poll::Ready(Err(PushError::Closed(9)))));
}

#[test]
fn a_place_that_frees_wakes_a_pusher() {
    for capacity in [1, 2, 600] {
        let queue = queue(capacity, 1, capacity as u64);
        let far = Instant::now() + LONG;
        for wait in [Wait::Forever, Wait::Until(far)] {
            let pusher = spawn(&queue, move |queue| queue.push(9, wait).is_ok());
            wait_for_waiters(&queue, 1);
            assert!(queue.try_pop(0).is_some());
            assert!(join(pusher));
        }
        assert_eq!(queue.len(), capacity);
    }
}

#[test]
fn a_push_gives_up_at_its_deadline() {
    let queue = queue(1, 1, 1);
    for deadline in [Instant::now(), Instant::now() + Duration::from_millis(3)] {
        let pushed = queue.push(9, Wait::Until(deadline));
        assert!(matches!(pushed, Err(PushError::Full(9))));
        assert_eq!(queue.waiters.len(), 0);
    }
}

#[test]
fn pushers_are_woken_in_the_order_of_their_arrival() {
    let queue = queue(2, 1, 2);
    let mut pushes = [0, 1, 2].map(|item| Push::waiting(&queue, item));
    assert!(pushes[0].poll(&queue).is_pending());
    assert_eq!(queue.waiters.len(), 3);
    let woken = |pushes: &[Push; 3]| [0, 1, 2].map(|push: usize| pushes[push].woken());
    assert_eq!(queue.try_pop(0), Some(0));
    assert_eq!(woken(&pushes), [1, 0, 0]);
    // Another one is faster: the first keeps its turn.
    assert!(queue.push(3, Wait::Never).is_ok());
    assert!(pushes[0].poll(&queue).is_pending());
    assert_eq!(queue.try_pop(0), Some(1));
    assert_eq!(woken(&pushes), [2, 0, 0]);
    assert!(matches!(pushes[0].poll(&queue), Poll::Ready(Ok(()))));
    assert_eq!(queue.try_pop(0), Some(3));
    assert_eq!(woken(&pushes), [2, 1, 0]);
}

#[test]
fn a_push_that_is_given_up_hands_its_wake_up_on() {
    let queue = queue(2, 1, 2);
    let mut pushes = [0, 1, 2].map(|item| Push::waiting(&queue, item));
    // It was not woken: nobody else is.
    queue.cancel_push(&mut pushes[0].waiter);
    assert_eq!(pushes[1].woken(), 0);
    assert!(queue.try_pop(0).is_some());
    assert_eq!(pushes[1].woken(), 1);
    queue.cancel_push(&mut pushes[1].waiter);
    assert_eq!(pushes[2].woken(), 1);
    assert_eq!(pushes[0].woken(), 0);
    // Once more changes nothing.
    queue.cancel_push(&mut pushes[1].waiter);
    assert_eq!(queue.waiters.len(), 0);
}

#[test]
fn a_push_that_was_woken_and_leaves_a_place_free_wakes_the_next() {
    let queue = queue(2, 1, 2);
    let mut pushes = [0, 1, 2].map(|item| Push::waiting(&queue, item));
    assert!(queue.try_pop(0).is_some());
    assert!(queue.try_pop(0).is_some());
    assert_eq!(pushes[2].woken(), 0);
    assert!(pushes[0].poll(&queue).is_ready());
    assert_eq!(pushes[2].woken(), 1);
    // The next one fills the queue, and wakes nobody.
    let mut last = Push::new(3);
    assert!(pushes[1].poll(&queue).is_ready());
    assert!(last.poll(&queue).is_pending());
    assert!(pushes[2].poll(&queue).is_pending());
    assert_eq!(last.woken(), 0);
}

/// A task that was woken and is not polled costs its place, and no more.
#[test]
fn a_push_that_is_kept_leaves_the_others_their_places() {
    let queue = queue(2, 1, 2);
    let pushes = [0, 1, 2, 3].map(|item| Push::waiting(&queue, item));
    let woken = || pushes.iter().map(Push::woken).sum::<usize>();
    assert!(queue.try_pop(0).is_some());
    assert_eq!(woken(), 1);
    assert!(queue.try_pop(0).is_some());
    assert_eq!(woken(), 2);
    // Neither of them pushes: before the worker sleeps beside an empty queue, all are woken.
    let worker = spawn_pop(&queue, 0);
    wait_for_sleepers(&queue, 1);
    assert_eq!(woken(), 4);
    queue.close().wake();
    assert_eq!(join(worker), None);
}

#[test]
fn the_waker_of_the_last_poll_is_woken() {
    let queue = queue(1, 1, 1);
    let mut push = Push::waiting(&queue, 9);
    let first = std::mem::replace(&mut push.task, Task::new(|| ()));
    assert!(push.poll(&queue).is_pending());
    assert_eq!(Arc::strong_count(&first), 1);
    assert_eq!(queue.waiters.len(), 1);
    assert!(queue.try_pop(0).is_some());
    assert_eq!((first.woken(), push.woken()), (0, 1));
}

#[test]
fn a_waker_that_panics_keeps_nobody_asleep() {
    let queue = queue(3, 1, 3);
    let panics = || Task::new(|| panic::panic_any(Bomb));
    let mut pushes = [panics(), panics(), Task::new(|| ())].map(|task| {
        let mut push = Push::of(task, 9);
        assert!(push.poll(&queue).is_pending());
        push
    });
    assert_eq!(queue.try_pop(0), Some(0));
    assert_eq!(pushes[0].woken(), 1);
    // It panics as the one that a wake-up is handed to, ..
    queue.cancel_push(&mut pushes[0].waiter);
    assert_eq!(pushes[1].woken(), 1);
    assert!(pushes[0].poll(&queue).is_ready());
    assert!(pushes[1].item.take().is_some());
    let mut again = Push::of(panics(), 9);
    assert!(again.poll(&queue).is_pending());
    // .. and while the queue is closed.
    queue.close().wake();
    assert_eq!((again.woken(), pushes[2].woken()), (1, 1));
}

/// A waker that is dropped, or woken, calls back: it would wait for ever for a lock that is held.
#[test]
fn a_waker_runs_under_no_lock() {
    struct CallsBack(Arc<Queue<u64>>, mpsc::Sender<()>);
    impl CallsBack {
        fn call(&self) {
            let mut push = Push::new(7);
            if push.poll(&self.0).is_pending() {
                self.0.cancel_push(&mut push.waiter);
            }
            self.0.counts();
            let _ = self.1.send(());
        }
    }
    impl Wake for CallsBack {
        fn wake(self: Arc<Self>) {
            self.call();
        }
    }
    impl Drop for CallsBack {
        fn drop(&mut self) {
            self.call();
        }
    }
    let queue = queue(1, 1, 1);
    let (called, calls) = mpsc::channel();
    let waker = || Waker::from(Arc::new(CallsBack(Arc::clone(&queue), called.clone())));
    let (mut item, mut waiter) = (Some(8), PushWaiter::default());
    let mut poll = |waiter: &mut PushWaiter| {
        let waker = waker();
        let mut context = Context::from_waker(&waker);
        assert!(
            queue
                .poll_push(&mut item, waiter, &mut context)
                .is_pending()
        );
    };
    poll(&mut waiter);
    // Replaced, ..
    poll(&mut waiter);
    // .. removed, ..
    queue.cancel_push(&mut waiter);
    poll(&mut waiter);
    // .. woken when a place frees, ..
    assert!(queue.try_pop(0).is_some());
    assert!(queue.push(1, Wait::Never).is_err());
    poll(&mut waiter);
    // .. and when the queue is closed.
    queue.close().wake();
    assert!(calls.try_iter().count() >= 5);
}

#[test]
fn every_item_is_in_one_count() {
    const ITEMS: u64 = if cfg!(miri) { 100 } else { 30_000 };

    let queue = queue(30_000, 3, ITEMS);
    let workers = [0, 1, 2].map(|worker| {
        spawn(&queue, move |queue| {
            std::iter::from_fn(|| queue.try_pop(worker)).count() as u64
        })
    });
    let sweeper = spawn(&queue, |queue| {
        std::iter::from_fn(|| queue.sweep()).count() as u64
    });
    loop {
        let (queued, taken) = queue.counts();
        assert_eq!(queued + taken, ITEMS);
        if queued == 0 {
            break;
        }
    }
    let taken: u64 = workers.map(join).into_iter().sum();
    assert_eq!(taken + join(sweeper), ITEMS);
    assert_eq!(queue.counts(), (0, ITEMS));
}

#[test]
fn a_sweep_makes_room_and_is_counted() {
    let queue = queue(2, 0, 2);
    let push = Push::waiting(&queue, 9);
    assert_eq!(queue.counts(), (2, 0));
    assert_eq!(queue.sweep(), Some(0));
    assert_eq!(queue.counts(), (1, 1));
    assert_eq!(push.woken(), 1);
    assert_eq!(queue.sweep(), Some(1));
    assert_eq!(queue.sweep(), None);
    assert_eq!(queue.counts(), (0, 2));
}

#[test]
fn an_item_whose_drop_panics_keeps_no_other_from_being_dropped() {
    struct Item(Arc<Mutex<u32>>);
    impl Drop for Item {
        fn drop(&mut self) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            panic::panic_any(Bomb);
        }
    }
    let dropped = Arc::new(Mutex::new(0));
    let queue = Queue::new(3, 1);
    for _ in 0..3 {
        let item = Item(Arc::clone(&dropped));
        assert!(queue.push(item, Wait::Never).is_ok());
    }
    drop(queue);
    assert_eq!(*dropped.lock().unwrap_or_else(PoisonError::into_inner), 3);
}

#[test]
fn a_destructor_of_a_thread_local_may_push_and_wait() {
    struct Pushes(Arc<Queue<u64>>);
    impl Drop for Pushes {
        fn drop(&mut self) {
            assert!(self.0.push(9, Wait::Forever).is_ok());
        }
    }
    thread_local! {
        static PUSHES: RefCell<Option<Pushes>> = const { RefCell::new(None) };
    }
    let full = queue(1, 1, 1);
    let queue = Arc::clone(&full);
    let thread = thread::spawn(move || PUSHES.set(Some(Pushes(queue))));
    wait_for_waiters(&full, 1);
    assert_eq!(full.try_pop(0), Some(0));
    join(thread);
    assert_eq!(full.try_pop(0), Some(9));
}

/// Waits as a thread does whose worker waits for its own pool. Returns the item, and how often it
/// asked whether it is done.
fn pop_unless(
    queue: &Queue<u64>,
    deadline: Option<Instant>,
    is_done: impl Fn(usize) -> bool,
) -> (Option<u64>, usize) {
    let asked = AtomicUsize::new(0);
    let is_done = || is_done(asked.fetch_add(1, Ordering::SeqCst));
    let item = queue.pop_unless(0, &is_done, deadline);
    (item, asked.into_inner())
}

fn never(_: usize) -> bool {
    false
}

#[test]
fn a_thread_that_waits_for_its_own_pool_takes_items_until_it_is_done() {
    let queue = queue(4, 1, 1);
    assert_eq!(pop_unless(&queue, None, never), (Some(0), 1));
    let far = Instant::now() + LONG;
    assert!(queue.push(1, Wait::Never).is_ok());
    assert_eq!(pop_unless(&queue, Some(far), |_| true), (None, 1));
    assert_eq!(pop_unless(&queue, Some(Instant::now()), never), (None, 1));
    assert_eq!(pop_unless(&queue, Some(far), never), (Some(1), 1));
    queue.close().wake();
    assert_eq!(pop_unless(&queue, None, never), (None, 1));
}

#[test]
fn a_thread_that_waits_for_its_own_pool_sleeps_until_an_item_an_interrupt_or_the_deadline() {
    let queue = queue(4, 2, 0);
    for deadline in [None, Some(Instant::now() + LONG)] {
        let worker = spawn(&queue, move |queue| pop_unless(queue, deadline, never));
        wait_for_sleepers(&queue, 1);
        // It looks again, and sleeps again.
        queue.interrupt(0);
        wait_for_sleepers(&queue, 1);
        queue.interrupt(1);
        assert!(queue.push(7, Wait::Never).is_ok());
        let (item, asked) = join(worker);
        assert_eq!(item, Some(7));
        assert_eq!(asked, 5, "it sleeps meanwhile");
    }
    let soon = Instant::now() + Duration::from_millis(3);
    assert_eq!(pop_unless(&queue, Some(soon), never).0, None);
    assert!(Instant::now() >= soon);
    let worker = spawn(&queue, |queue| pop_unless(queue, None, never));
    wait_for_sleepers(&queue, 1);
    queue.close().wake();
    assert_eq!(join(worker).0, None);
    assert_eq!(queue.idle.sleepers(), 0);
    assert!(!queue.idle.needs_search() && !queue.idle.is_searching());
}

/// `is_done` is called a second time after the thread has announced its sleep: an item, or the end of
/// its wait, may come just before.
#[test]
fn a_thread_that_waits_for_its_own_pool_looks_once_more_before_it_sleeps() {
    let queue = queue(4, 2, 0);
    let item = pop_unless(&queue, None, |asked| {
        assert!(asked != 1 || queue.push(7, Wait::Never).is_ok());
        false
    });
    assert_eq!(item, (Some(7), 3));
    assert!(
        !queue.idle.is_searching(),
        "it was woken, and is not asleep"
    );
    assert_eq!(pop_unless(&queue, None, |asked| asked >= 1), (None, 3));
    // It announces no sleep that it does not sleep.
    assert!(!queue.idle.needs_search() && !queue.idle.is_searching());
}

/// It was woken for an item that it does not take.
#[test]
fn a_thread_that_is_done_wakes_another_one() {
    let queue = queue(4, 2, 0);
    let other = spawn_pop(&queue, 1);
    wait_for_sleepers(&queue, 1);
    assert!(queue.idle.start_search());
    assert!(queue.push(7, Wait::Never).is_ok());
    queue.idle.stop_search();
    assert_eq!(pop_unless(&queue, None, |_| true), (None, 1));
    assert_eq!(join(other), Some(7));
}

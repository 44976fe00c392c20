//! The threads themselves, and the run queue of the workers that wait for a turn.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{self, Wake, Waker};

use super::super::queue::{PopWaiter, PushError, Queue, Wait};
use super::super::run::inside;
use super::worker::{Turn, TurnEnd};
use crate::reentrant::{self, OwnWait, PoolId, PoolThread, WouldDeadlock};
use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering, lock, thread::Builder};
use crate::unwind;
use crate::worker::SentinelContext;

/// The part that the threads of a set and its owner share.
pub(super) struct ThreadSet {
    /// The workers that wait for a turn, each once.
    run_queue: Queue<Arc<dyn Turn>>,
    number: usize,
    name: String,
    stack_size: Option<usize>,
    /// The number of threads that have not ended.
    running: AtomicUsize,
    /// The pool of each worker that has not ended.
    pools: Mutex<Vec<PoolId>>,
    /// The waits of messages that run on these threads.
    waits: Mutex<Vec<ThreadWait>>,
}

/// A wait of a message for a pool on its own threads.
struct ThreadWait {
    pool: PoolId,
    interrupt: Arc<Interrupt>,
}

/// Keeps the threads running until it is dropped.
pub(in super::super) struct ThreadSetOwner(Arc<ThreadSet>);

impl ThreadSetOwner {
    /// Spawns the threads.
    pub(super) fn start(
        number: usize,
        name: String,
        stack_size: Option<usize>,
    ) -> io::Result<Self> {
        // Dropping the owner ends the threads that were started.
        let owner = Self::without_threads(number, name, stack_size);
        for index in 0..number {
            let set = Arc::clone(&owner.0);
            SharedThread { index, set }.spawn()?;
        }
        Ok(owner)
    }

    fn without_threads(number: usize, name: String, stack_size: Option<usize>) -> Self {
        Self(Arc::new(ThreadSet {
            run_queue: Queue::unbounded(number),
            number,
            name,
            stack_size,
            running: AtomicUsize::new(0),
            pools: Mutex::new(Vec::new()),
            waits: Mutex::new(Vec::new()),
        }))
    }

    pub(in super::super) fn number(&self) -> usize {
        self.0.number
    }

    /// Returns `true` in a forked child, which has none of the threads.
    pub(super) fn is_orphaned(&self) -> bool {
        self.0.run_queue.is_orphaned()
    }

    /// Makes the threads those of a worker of `pool`.
    pub(super) fn join(&self, pool: PoolId) -> Membership {
        lock(&self.0.pools).push(pool);
        Membership {
            set: Arc::clone(&self.0),
            pool,
        }
    }

    /// Pushes a worker whose schedule says so.
    pub(super) fn push(&self, worker: Arc<dyn Turn>) {
        self.0.push(worker);
    }
}

impl Drop for ThreadSetOwner {
    fn drop(&mut self) {
        // Nobody waits for a place.
        self.0.run_queue.close().wake();
    }
}

impl ThreadSet {
    fn push(&self, worker: Arc<dyn Turn>) {
        if let Err(PushError::Closed(worker) | PushError::Full(worker)) =
            self.run_queue.push(worker, Wait::Never)
        {
            // No thread is left that would run it.
            worker.end();
        }
    }

    /// Notes a wait. The threads that wait already look once more: one of them may have the only
    /// worker of `pool`.
    fn begin_wait(&self, pool: PoolId, interrupt: &Arc<Interrupt>) {
        let mut waits = lock(&self.waits);
        let is_new = waits.iter().all(|wait| wait.pool != pool);
        let others = waits.iter().map(|wait| Arc::clone(&wait.interrupt));
        let others: Vec<_> = others.filter(|_| is_new).collect();
        let interrupt = Arc::clone(interrupt);
        waits.push(ThreadWait { pool, interrupt });
        drop(waits);
        others.into_iter().for_each(Wake::wake);
    }

    fn end_wait(&self, interrupt: &Arc<Interrupt>) {
        lock(&self.waits).retain(|wait| !Arc::ptr_eq(&wait.interrupt, interrupt));
    }

    fn is_waited_for(&self, pool: PoolId) -> bool {
        lock(&self.waits).iter().any(|wait| wait.pool == pool)
    }
}

/// Counts a worker as one of the threads' until it is dropped.
pub(super) struct Membership {
    set: Arc<ThreadSet>,
    pool: PoolId,
}

impl Drop for Membership {
    fn drop(&mut self) {
        let mut pools = lock(&self.set.pools);
        if let Some(position) = pools.iter().position(|pool| *pool == self.pool) {
            pools.swap_remove(position);
        }
    }
}

/// A thread that is about to be spawned, and then runs.
struct SharedThread {
    index: usize,
    set: Arc<ThreadSet>,
}

impl SharedThread {
    fn spawn(self) -> io::Result<()> {
        let running = RunningSharedThread::new(Arc::clone(&self.set));
        let name = format!("{}-{}", self.set.name, self.index);
        let builder = Builder::new().name(name);
        let builder = match self.set.stack_size {
            Some(bytes) => builder.stack_size(bytes),
            None => builder,
        };
        builder.spawn(move || {
            self.run();
            // The last thing before the destructors of the thread's locals.
            drop(running);
        })?;
        Ok(())
    }

    fn run(self) {
        let _sentinel = SentinelContext::attach();
        let thread = Rc::new(CurrentThread::new(self.index, Arc::clone(&self.set)));
        reentrant::enter(Rc::clone(&thread) as Rc<dyn PoolThread>);
        while let Some(worker) = self.set.run_queue.pop(self.index, || ()) {
            thread.give_turn(worker, &|| (), &|| !self.set.run_queue.is_empty());
            if !SentinelContext::is_current() && self.replace() {
                break;
            }
        }
        reentrant::leave();
    }

    /// Spawns a replacement of this thread, one of whose workers leaked a context guard. Returns
    /// `false`, and the thread goes on, if the operating system starts no thread.
    fn replace(&self) -> bool {
        let replacement = Self {
            index: self.index,
            set: Arc::clone(&self.set),
        };
        replacement.spawn().is_ok()
    }
}

/// Counts a thread as running until it is dropped. The last one ends the workers that wait.
struct RunningSharedThread(Arc<ThreadSet>);

impl RunningSharedThread {
    fn new(set: Arc<ThreadSet>) -> Self {
        set.running.fetch_add(1, Ordering::Relaxed);
        Self(set)
    }
}

impl Drop for RunningSharedThread {
    fn drop(&mut self) {
        if self.0.running.fetch_sub(1, Ordering::AcqRel) == 1 {
            let set = &self.0;
            set.run_queue.close().wake();
            while let Some(worker) = set.run_queue.sweep() {
                worker.end();
            }
        }
    }
}

/// The calling thread, for waits of its workers.
struct CurrentThread {
    set: Arc<ThreadSet>,
    index: usize,
    /// The number of messages that are run inside of the one that the thread took.
    depth: Cell<usize>,
    /// The workers that have this thread, the outermost first: each but the last waits.
    running: RefCell<Vec<Arc<dyn Turn>>>,
}

impl CurrentThread {
    fn new(index: usize, set: Arc<ThreadSet>) -> Self {
        Self {
            set,
            index,
            depth: Cell::new(0),
            running: RefCell::new(Vec::new()),
        }
    }

    /// Runs messages of `worker`, which was popped, until `ends`. Calls `before_run` before each.
    fn give_turn(&self, worker: Arc<dyn Turn>, before_run: &dyn Fn(), ends: &dyn Fn() -> bool) {
        worker.schedule().begin();
        self.running.borrow_mut().push(Arc::clone(&worker));
        let turn = Arc::clone(&worker);
        let end = unwind::catch(|| turn.run(before_run, ends));
        self.running.borrow_mut().pop();
        match end {
            Ok(TurnEnd::Again) => {
                worker.schedule().queue_again();
                self.set.push(worker);
            }
            Ok(TurnEnd::Idle) => {
                if !worker.schedule().stay_idle() {
                    self.set.push(worker);
                }
            }
            Ok(TurnEnd::Closed) | Err(_) => worker.end(),
        }
    }

    /// Returns the workers on this thread that can run a message inside of the one that waits.
    fn waiting(&self) -> Vec<(Arc<dyn Turn>, PopWaiter)> {
        let running = self.running.borrow();
        let free = running.iter().filter(|worker| !worker.has_state());
        free.map(|worker| (Arc::clone(worker), PopWaiter::default()))
            .collect()
    }
}

impl PoolThread for CurrentThread {
    fn serves(&self, pool: PoolId) -> bool {
        // In a forked child the lock may be held for ever.
        !self.set.run_queue.is_orphaned() && lock(&self.set.pools).contains(&pool)
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Interrupt {
            set: Arc::clone(&self.set),
            index: self.index,
            is_woken: AtomicBool::new(false),
        }))
    }

    fn workers_of(&self, pool: PoolId) -> usize {
        let running = self.running.borrow();
        running.iter().filter(|it| it.pool() == pool).count()
    }

    fn run_until(&self, wait: &OwnWait<'_>) -> Result<(), WouldDeadlock> {
        let is_borrowed = |worker: &Arc<dyn Turn>| worker.has_state() && worker.pool() == wait.pool;
        if self.depth.get() == reentrant::MAX_DEPTH || self.running.borrow().iter().any(is_borrowed)
        {
            return Err(WouldDeadlock);
        }
        let interrupt = Arc::new(Interrupt {
            set: Arc::clone(&self.set),
            index: self.index,
            is_woken: AtomicBool::new(false),
        });
        let _nested = Nested::begin(self, wait.pool, &interrupt);
        let waker = Waker::from(Arc::clone(&interrupt));
        let mut cx = task::Context::from_waker(&waker);
        let mut waiting = self.waiting();
        let is_woken = || (wait.is_done)() || interrupt.is_woken.load(Ordering::Acquire);
        // One message: the wait may be over after it.
        let give_turn = |other| inside(|| self.give_turn(other, wait.before_run, &|| true));
        while !wait.is_over() {
            let others_first = wait.others_first.replace(!wait.others_first.get());
            if others_first && let Some(other) = self.set.run_queue.try_pop(self.index) {
                give_turn(other);
                continue;
            }
            interrupt.is_woken.store(false, Ordering::Relaxed);
            // The innermost first: its message is the one that waits. A pool that no message waits
            // for gets no deeper here: its next message would wait for the same.
            let job = waiting
                .iter_mut()
                .rev()
                .filter(|(worker, _)| self.set.is_waited_for(worker.pool()))
                .find_map(|(worker, waiter)| Arc::clone(worker).take_inside(waiter, &mut cx));
            let other = match job {
                Some(_) => None,
                None => self
                    .set
                    .run_queue
                    .pop_unless(self.index, &is_woken, wait.deadline),
            };
            // A worker that is not looked for here must not be the one that is woken.
            for (worker, waiter) in &mut waiting {
                worker.cancel(waiter);
            }
            if let Some(job) = job {
                (wait.before_run)();
                job();
            }
            if let Some(other) = other {
                give_turn(other);
            }
        }
        Ok(())
    }
}

/// A wait in which a thread runs messages, until it is dropped.
struct Nested<'a> {
    thread: &'a CurrentThread,
    interrupt: &'a Arc<Interrupt>,
}

impl<'a> Nested<'a> {
    fn begin(thread: &'a CurrentThread, pool: PoolId, interrupt: &'a Arc<Interrupt>) -> Self {
        thread.depth.set(thread.depth.get() + 1);
        thread.set.begin_wait(pool, interrupt);
        Self { thread, interrupt }
    }
}

impl Drop for Nested<'_> {
    fn drop(&mut self) {
        self.thread.set.end_wait(self.interrupt);
        self.thread.depth.set(self.thread.depth.get() - 1);
    }
}

/// A waker that ends the sleep of a shared thread.
struct Interrupt {
    set: Arc<ThreadSet>,
    index: usize,
    is_woken: AtomicBool,
}

impl Wake for Interrupt {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.set.run_queue.interrupt(self.index);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::super::super::{Pool, PoolBuilder};
    use super::super::closures::{Closures, Spawned};
    use super::*;
    use crate::error::JobError;
    use crate::handle::{self, JoinHandle};
    use crate::span::Provider;

    fn send(pool: &Pool<Closures>) -> JoinHandle<u32> {
        let (reply, handle) = handle::channel(pool.shared.id(), false);
        let closure = || 7;
        let context = None;
        let spawned = Spawned {
            closure,
            context,
            reply,
        };
        assert!(pool.send(Box::new(spawned)).is_ok());
        handle
    }

    /// Returns a pool on threads that have not started.
    fn pool() -> (Arc<ThreadSetOwner>, Pool<Closures>) {
        let owner = ThreadSetOwner::without_threads(1, String::new(), None);
        let owner = Arc::new(owner);
        let builder = PoolBuilder::new().provider(Provider::without_spans());
        let pool = builder.on_owner(&owner).start();
        (owner, pool.expect("no thread is started"))
    }

    #[test]
    fn a_pool_whose_threads_have_all_ended_is_swept_and_closed() {
        let (owner, pool) = pool();
        let handle = send(&pool);
        drop(RunningSharedThread::new(Arc::clone(&owner.0)));
        assert!(pool.is_closed());
        assert!(matches!(handle.wait(), Err(JobError::Abandoned)));
        assert_eq!(pool.stats().abandoned, 1);
    }

    #[test]
    fn an_idle_worker_ends_when_it_is_woken_after_the_last_thread_has_ended() {
        let (owner, pool) = pool();
        let set = &owner.0;
        let worker = set.run_queue.try_pop(0).expect("its first turn");
        CurrentThread::new(0, Arc::clone(set)).give_turn(worker, &|| (), &|| true);
        drop(RunningSharedThread::new(Arc::clone(set)));
        assert!(!pool.is_closed());
        let handle = send(&pool);
        assert!(matches!(handle.wait(), Err(JobError::Abandoned)));
        assert!(pool.is_closed());
    }

    #[test]
    fn the_last_owner_ends_the_threads() {
        let (owner, pool) = pool();
        let set = Arc::clone(&owner.0);
        drop(owner);
        // Its worker owns the threads, too.
        drop(pool);
        let thread = CurrentThread::new(0, Arc::clone(&set));
        let worker = set.run_queue.try_pop(0).expect("its first turn");
        thread.give_turn(worker, &|| (), &|| true);
        assert!(set.run_queue.pop(0, || ()).is_none());
        assert!(lock(&set.pools).is_empty());
    }
}

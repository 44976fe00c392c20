//! A thread of a pool: takes jobs out of the queue and runs them.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Wake, Waker};

use super::Shared;
use super::run;
use super::threads::RunningThread;
use crate::reentrant::{self, OwnWait, PoolId, PoolThread, WouldDeadlock};
use crate::sync::mpsc;
use crate::unwind;
use crate::worker::{Runner, SentinelContext, SyncWorker, Worker};

/// Reports to [`PoolBuilder::start`](crate::PoolBuilder::start) whether a thread has its state.
pub(super) type Ready = mpsc::Sender<Result<(), Box<dyn Error + Send + Sync>>>;

/// A thread that is about to be spawned, and then runs.
pub(super) struct WorkerThread<W: SyncWorker> {
    pub(super) index: usize,
    pub(super) shared: Arc<Shared<W>>,
    /// `None` for a replacement, which no caller waits for.
    pub(super) ready: Option<Ready>,
}

impl<W: SyncWorker> WorkerThread<W> {
    pub(super) fn spawn(self) -> io::Result<()> {
        let (shared, index) = (Arc::clone(&self.shared), self.index);
        let running = RunningThread::new(Arc::clone(&shared));
        let thread = shared.thread_builder(index).spawn(move || {
            self.run();
            // The last thing before the destructors of the thread's locals.
            drop(running);
        })?;
        shared.threads.insert(index, thread);
        Ok(())
    }

    fn run(mut self) {
        let _sentinel = SentinelContext::attach();
        let mut runner = Runner::new(self.shared.provider.clone());
        reentrant::enter(Rc::new(CurrentThread {
            shared: Arc::clone(&self.shared),
            index: self.index,
            depth: Cell::new(0),
        }));
        let mut state = match (self.shared.thread_options.state.make(), self.ready.take()) {
            (Ok(state), ready) => {
                // Nobody receives any more once another thread has failed.
                let _ = ready.map(|ready| ready.send(Ok(())));
                Some(state)
            }
            (Err(error), Some(ready)) => {
                let _ = ready.send(Err(error));
                return;
            }
            (Err(_), None) => None,
        };
        while let Some(job) = self
            .shared
            .queue
            .pop(self.index, || runner.release_tracer())
        {
            self.shared
                .run_job(self.index, &mut runner, &mut state, job);
            if self.shared.leaks_guard(self.index) && self.replace() {
                break;
            }
        }
        runner.release_tracer();
        unwind::drop_caught(state);
        reentrant::leave();
    }

    /// Spawns a replacement of this thread, whose worker leaked a context guard: a context stack
    /// cannot be cleared without its guards, and its size is limited. Returns `false`, and the
    /// thread goes on, if the operating system starts no thread.
    fn replace(&self) -> bool {
        let replacement = Self {
            index: self.index,
            shared: Arc::clone(&self.shared),
            ready: None,
        };
        replacement.spawn().is_ok()
    }
}

/// The calling thread, for waits of its worker.
struct CurrentThread<W: SyncWorker> {
    shared: Arc<Shared<W>>,
    index: usize,
    /// The number of messages that are run inside of the one that the thread took.
    depth: Cell<usize>,
}

impl<W: SyncWorker> PoolThread for CurrentThread<W> {
    fn serves(&self, pool: PoolId) -> bool {
        self.shared.id() == pool
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::new(Interrupt {
            shared: Arc::clone(&self.shared),
            index: self.index,
        }))
    }

    fn workers_of(&self, _: PoolId) -> usize {
        1
    }

    fn run_until(&self, wait: &OwnWait<'_>) -> Result<(), WouldDeadlock> {
        if run::has_state::<W>() || self.depth.get() == reentrant::MAX_DEPTH {
            return Err(WouldDeadlock);
        }
        self.depth.set(self.depth.get() + 1);
        let mut runner = Runner::new(self.shared.provider.clone());
        let mut state = None;
        let queue = &self.shared.queue;
        while let Some(job) = queue.pop_unless(self.index, wait.is_done, wait.deadline) {
            (wait.before_run)();
            self.shared
                .run_inside(self.index, &mut runner, &mut state, job);
        }
        runner.release_tracer();
        self.depth.set(self.depth.get() - 1);
        Ok(())
    }
}

/// A waker that ends the sleep of a pool's thread.
struct Interrupt<W: Worker> {
    shared: Arc<Shared<W>>,
    index: usize,
}

impl<W: Worker> Wake for Interrupt<W> {
    fn wake(self: Arc<Self>) {
        self.shared.queue.interrupt(self.index);
    }
}

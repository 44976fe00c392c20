//! A worker of a pool that has turns on shared threads, in place of a thread of its own.

use std::io;
use std::sync::Arc;
use std::task::{self, Poll, Wake, Waker};

use super::super::queue::PopWaiter;
use super::super::run;
use super::super::threads::RunningThread;
use super::super::{Shared, job::Job};
use super::schedule::Schedule;
use super::set::{Membership, ThreadSetOwner};
use crate::error::StartError;
use crate::reentrant::PoolId;
use crate::sync::{Mutex, lock};
use crate::unwind;
use crate::worker::{Runner, SyncWorker};

/// A worker as the threads see it, whatever its message is.
pub(super) trait Turn: Send + Sync {
    fn schedule(&self) -> &Schedule;

    /// Runs queued messages, one after the other, until `ends`. Calls `before_run` before each.
    fn run(self: Arc<Self>, before_run: &dyn Fn(), ends: &dyn Fn() -> bool) -> TurnEnd;

    /// Takes a queued message, to be run by the caller inside of another message of this worker,
    /// which waits on the same thread. If there is none, the next one wakes `cx`, until
    /// [`cancel`](Self::cancel).
    fn take_inside(
        self: Arc<Self>,
        waiter: &mut PopWaiter,
        cx: &mut task::Context<'_>,
    ) -> Option<Box<dyn FnOnce()>>;

    /// Forgets the waker of [`take_inside`](Self::take_inside).
    fn cancel(&self, waiter: &mut PopWaiter);

    /// Ends the worker, which has no turn any more.
    fn end(&self);

    fn pool(&self) -> PoolId;

    /// Returns `true` if the message that runs borrows the worker's state.
    fn has_state(&self) -> bool;
}

/// The end of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnEnd {
    /// There may be more to run.
    Again,
    /// The queue is empty, and wakes the worker.
    Idle,
    /// The queue is closed and empty.
    Closed,
}

/// A worker of a pool on shared threads. One thread at a time has it.
pub(super) struct SharedWorker<W: SyncWorker> {
    index: usize,
    shared: Arc<Shared<W>>,
    threads: Arc<ThreadSetOwner>,
    schedule: Schedule,
    /// Locked by the thread that has the worker; `None` once the worker has ended.
    running: Mutex<Option<Running<W>>>,
}

/// The part of a worker that its turns use.
struct Running<W: SyncWorker> {
    runner: Runner,
    state: Option<W::State>,
    waiter: PopWaiter,
    _membership: Membership,
    /// Dropped last: the queue is swept once no worker is left.
    _counted: RunningThread<W>,
}

/// Makes the workers of a pool, and gives each its first turn.
///
/// # Errors
///
/// Returns an error if a state cannot be made, or in a forked child, which has none of the threads.
pub(in super::super) fn start<W>(
    shared: &Arc<Shared<W>>,
    threads: &Arc<ThreadSetOwner>,
) -> Result<(), StartError>
where
    W: SyncWorker,
    W::State: Send,
{
    if threads.is_orphaned() {
        let reason = "the shared threads are those of the parent process";
        return Err(StartError::Spawn(io::Error::other(reason)));
    }
    let workers = shared.counters.len() - 1;
    // None has begun if one fails.
    let states = (0..workers)
        .map(|_| shared.thread_options.state.make())
        .collect::<Result<Vec<_>, _>>()
        .map_err(StartError::State)?;
    // All are counted before the first one can end.
    let workers: Vec<_> = states
        .into_iter()
        .enumerate()
        .map(|(index, state)| {
            Arc::new(SharedWorker {
                index,
                shared: Arc::clone(shared),
                threads: Arc::clone(threads),
                schedule: Schedule::queued(),
                running: Mutex::new(Some(Running {
                    runner: Runner::new(shared.provider.clone()),
                    state: Some(state),
                    waiter: PopWaiter::default(),
                    _membership: threads.join(shared.id()),
                    _counted: RunningThread::new(Arc::clone(shared)),
                })),
            })
        })
        .collect();
    for worker in workers {
        threads.push(worker);
    }
    Ok(())
}

impl<W> Turn for SharedWorker<W>
where
    W: SyncWorker,
    W::State: Send,
{
    fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    fn run(self: Arc<Self>, before_run: &dyn Fn(), ends: &dyn Fn() -> bool) -> TurnEnd {
        let waker = Waker::from(Arc::clone(&self));
        let mut cx = task::Context::from_waker(&waker);
        let mut running = lock(&self.running);
        let Some(running) = &mut *running else {
            return TurnEnd::Closed;
        };
        running.runner.move_to_this_thread();
        let (index, shared) = (self.index, &self.shared);
        loop {
            match shared.queue.poll_pop(index, &mut running.waiter, &mut cx) {
                Poll::Ready(Some(job)) => {
                    before_run();
                    shared.run_job(index, &mut running.runner, &mut running.state, job);
                }
                Poll::Ready(None) => return TurnEnd::Closed,
                Poll::Pending => {
                    running.runner.release_tracer();
                    return TurnEnd::Idle;
                }
            }
            // A thread whose context stack has a leaked context runs nothing more.
            if shared.leaks_guard(index) || ends() {
                return TurnEnd::Again;
            }
        }
    }

    fn take_inside(
        self: Arc<Self>,
        waiter: &mut PopWaiter,
        cx: &mut task::Context<'_>,
    ) -> Option<Box<dyn FnOnce()>> {
        let job: Job<W> = match self.shared.queue.poll_pop(self.index, waiter, cx) {
            Poll::Ready(Some(job)) => job,
            Poll::Ready(None) | Poll::Pending => return None,
        };
        Some(Box::new(move || {
            let mut runner = Runner::new(self.shared.provider.clone());
            self.shared
                .run_inside(self.index, &mut runner, &mut None, job);
            runner.release_tracer();
        }))
    }

    fn cancel(&self, waiter: &mut PopWaiter) {
        self.shared.queue.cancel_pop(self.index, waiter);
    }

    fn end(&self) {
        let Some(mut ended) = lock(&self.running).take() else {
            return;
        };
        self.shared.queue.cancel_pop(self.index, &mut ended.waiter);
        ended.runner.release_tracer();
        unwind::drop_caught(ended.state.take());
    }

    fn pool(&self) -> PoolId {
        self.shared.id()
    }

    fn has_state(&self) -> bool {
        run::has_state::<W>()
    }
}

impl<W> Wake for SharedWorker<W>
where
    W: SyncWorker,
    W::State: Send,
{
    fn wake(self: Arc<Self>) {
        if self.schedule.wake() {
            let threads = Arc::clone(&self.threads);
            threads.push(self);
        }
    }
}

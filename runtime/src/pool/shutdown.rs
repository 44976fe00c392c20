//! Shutdown of a pool: close the queue, drain it, abandon what is left, wait for the threads.

use std::fmt;
use std::ops::AddAssign;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::job::Job;
use super::stats::PoolStats;
use super::{Pool, Shared};
use crate::detached::Detached;
use crate::error::JobError;
use crate::reentrant::{self, OwnWait};
use crate::sync::{Condvar, Instant, Mutex, MutexGuard, Ordering, lock, mpsc};
use crate::unwind;
use crate::worker::{Runner, Worker};

/// The part of the timeout that is kept for abandoning messages, and its limit: the spans of many
/// messages have to end, and their handles have to be resolved.
const ABANDON_PART: u32 = 10;
const ABANDON_LIMIT: Duration = Duration::from_millis(100);

/// The time beyond the timeout that a shutdown waits for messages that are being abandoned.
const ABANDON_GRACE: Duration = Duration::from_millis(50);

/// A report of a pool's messages: see [`Pool::shutdown`].
///
/// Each message that was accepted is counted in exactly one of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PoolReport {
    /// Runs that returned, and returned no error.
    pub completed: u64,
    /// Runs that returned an error.
    pub failed: u64,
    /// Runs that panicked.
    pub panicked: u64,
    /// Messages that were not run because [`JoinHandle::cancel`](crate::JoinHandle::cancel) was
    /// called first. Of an `async` worker, also runs that were cancelled.
    pub cancelled: u64,
    /// Messages that were not run because the shutdown timed out, or because the state of their
    /// thread could not be made. Of an `async` worker, also runs that the shutdown ended. Their handles
    /// return an error, and their spans have ended with one.
    pub abandoned: u64,
    /// Messages that still ran when the shutdown timed out. Their threads go on; their spans are
    /// lost if the tracer provider is shut down first. If another shutdown was still under way,
    /// also those that were queued.
    pub running: u64,
    /// `true` if the pool was shut down before. The other figures are those of the first report.
    pub repeated: bool,
}

impl PoolReport {
    /// Returns `true` if no message was abandoned, and none still runs.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.abandoned == 0 && self.running == 0
    }
}

/// Adds the figures of another pool.
impl AddAssign for PoolReport {
    fn add_assign(&mut self, other: Self) {
        self.completed += other.completed;
        self.failed += other.failed;
        self.panicked += other.panicked;
        self.cancelled += other.cancelled;
        self.abandoned += other.abandoned;
        self.running += other.running;
        self.repeated |= other.repeated;
    }
}

impl fmt::Display for PoolReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} completed, {} failed, {} panicked, {} abandoned",
            self.completed, self.failed, self.panicked, self.abandoned
        )?;
        if self.cancelled > 0 {
            write!(f, ", {} cancelled", self.cancelled)?;
        }
        if self.running > 0 {
            write!(f, ", {} still running", self.running)?;
        }
        if self.repeated {
            f.write_str(" (was shut down before)")?;
        }
        Ok(())
    }
}

impl From<PoolStats> for PoolReport {
    fn from(stats: PoolStats) -> Self {
        Self {
            completed: stats.completed,
            failed: stats.failed,
            panicked: stats.panicked,
            cancelled: stats.cancelled,
            abandoned: stats.abandoned,
            // None is queued, unless another shutdown is draining the queue.
            running: stats.running + stats.queued,
            repeated: false,
        }
    }
}

impl<W: Worker> Pool<W> {
    /// Closes the queue, waits until the messages that were accepted have been run, but for at most
    /// `timeout`, and returns a report.
    ///
    /// From the call on, every dispatch returns a `Closed` error with the message, also one that
    /// waits for a place in the queue. Messages that are still queued when the timeout is nearly over
    /// (the last tenth of it, at most 100 ms) are abandoned: they are not run, their handles return
    /// [`JobError::Abandoned`], their spans end with an error. Messages that still run are waited
    /// for until the timeout. Every clone of the pool is shut down.
    ///
    /// The futures of an `async` worker are abandoned as queued messages are: each is dropped at the
    /// await point that it has reached, or reaches next.
    ///
    /// In a forked child, which has none of the pool's threads, messages that were queued at the
    /// fork are abandoned at once; that does not touch the parent's.
    ///
    /// A second call changes nothing. While the first one is under way it waits for it, for at most
    /// its own timeout.
    ///
    /// A worker that shuts its own pool down does not wait for itself: its message is reported as
    /// running. Its thread runs queued messages meanwhile, as in
    /// [`JoinHandle::wait`](crate::JoinHandle::wait). If it cannot, and no other thread does, they are
    /// abandoned at once. So does a worker that shuts down a pool on the same
    /// [`Threads`](crate::Threads).
    ///
    /// # Blocking
    ///
    /// Blocks the thread for at most `timeout`. In async code use [`Shutdown`](crate::Shutdown).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::{DispatchError, traced_worker};
    ///
    /// #[traced_worker]
    /// fn process(number: u32) {
    ///     let _ = number;
    /// }
    ///
    /// let pool = process::pool().threads(1).start()?;
    /// pool.send(1)?;
    /// let report = pool.shutdown(Duration::from_secs(5));
    /// assert_eq!(report.to_string(), "1 completed, 0 failed, 0 panicked, 0 abandoned");
    /// assert!(matches!(pool.send(2), Err(DispatchError::Closed(2))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(
        clippy::must_use_candidate,
        reason = "a caller that only ends the pool needs no report"
    )]
    pub fn shutdown(&self, timeout: Duration) -> PoolReport {
        let start = Instant::now();
        if self.shared.queue.is_orphaned() {
            self.shared.shut_down_orphaned(start, timeout)
        } else {
            self.shared.shut_down(start, timeout)
        }
    }
}

impl<W: Worker> Shared<W> {
    fn shut_down(self: &Arc<Self>, start: Instant, timeout: Duration) -> PoolReport {
        // Where the clock cannot reach that far, the wait has no end.
        let deadline = start.checked_add(timeout);
        let kept = (timeout / ABANDON_PART).min(ABANDON_LIMIT);
        let drain_deadline = start.checked_add(timeout.saturating_sub(kept));
        // A thread of the pool does not wait for itself, nor for another one that may wait for it.
        let own_thread = reentrant::current(self.id());
        self.close();
        let begin_deadline = own_thread.as_ref().map_or(deadline, |_| Some(start));
        if let Err(first) = self.shutdown.begin(begin_deadline) {
            let report = first.unwrap_or_else(|| self.stats().into());
            return PoolReport {
                repeated: true,
                ..report
            };
        }
        // Of the workers on a shared thread, some may be of other pools.
        let own = own_thread.as_ref().map_or(0, |it| it.workers_of(self.id()));
        if let Some(thread) = &own_thread {
            // It may be the only one. Where it cannot run them, they are left to the others.
            let is_drained = || self.queue.is_empty() && self.threads.number() <= own;
            self.threads.set_waiter(Some(thread.waker()));
            let _ = thread.run_until(&OwnWait::new(self.id(), &is_drained, drain_deadline));
            self.threads.set_waiter(None);
        }
        // In a forked child no thread is left that would end.
        let is_orphaned = self.queue.is_orphaned();
        let drained = !is_orphaned && self.threads.wait_until(own, drain_deadline);
        if !drained || !self.queue.is_empty() {
            let abandoned = self.abandon_queued();
            #[cfg(feature = "tokio")]
            self.threads.abort_tasks();
            abandoned.wait_until(deadline.map(|it| it.max(Instant::now() + ABANDON_GRACE)));
        }
        let all_ended = !is_orphaned && self.threads.wait_until(own, deadline);
        let report = self.stats().into();
        // Before the join: a destructor of a thread's locals may shut the pool down, too.
        self.shutdown.finish(report);
        if all_ended && own == 0 {
            self.threads.join(deadline);
        }
        report
    }

    /// Shuts down in a forked child, on a thread that can be left behind: a thread that is gone may
    /// have held any lock at the fork.
    fn shut_down_orphaned(self: &Arc<Self>, start: Instant, timeout: Duration) -> PoolReport {
        let (done, report) = mpsc::channel();
        let shared = Arc::clone(self);
        Detached::run("shutdown", move || {
            // Nobody receives any more once the time is over.
            let _ = done.send(shared.shut_down(start, timeout));
        });
        let left = timeout.saturating_add(ABANDON_GRACE);
        report.recv_timeout(left).unwrap_or_else(|_| {
            let stats = self.stats();
            PoolReport {
                abandoned: stats.abandoned + stats.queued,
                ..stats.into()
            }
        })
    }

    pub(super) fn is_abandoning(&self) -> bool {
        self.abandoning.load(Ordering::Relaxed)
    }

    /// Abandons what is queued, and from now on what a thread takes. Returns at once: spans,
    /// wakers and the messages' `Drop` are foreign code, and run on a thread of their own.
    pub(super) fn abandon_queued(self: &Arc<Self>) -> Detached {
        self.abandoning.store(true, Ordering::Relaxed);
        let mut jobs = Vec::new();
        {
            let _sweeping = lock(&self.sweeping);
            let counters = self.counters.last();
            while let Some(job) = self.queue.sweep() {
                let reason = job.end_early(JobError::Abandoned);
                // Counted before its handle is resolved.
                counters.inspect(|counters| counters.ended_early(&reason));
                jobs.push((job, reason));
            }
        }
        if jobs.is_empty() {
            return Detached::ended();
        }
        let provider = self.provider.clone();
        Detached::run("abandon", move || {
            let mut runner = Runner::new(provider);
            let resolve = |(job, reason): (Job<W>, _)| job.resolve(&mut runner, reason);
            // All handles first: the `Drop` of a message may take long.
            let messages: Vec<_> = jobs.into_iter().map(resolve).collect();
            messages.into_iter().for_each(unwind::drop_caught);
        })
    }
}

/// The state of a pool's shutdown: one caller does it, others wait for its report.
#[derive(Debug, Default)]
pub(super) struct ShutdownState {
    progress: Mutex<Progress>,
    finished: Condvar,
}

#[derive(Debug, Default)]
enum Progress {
    #[default]
    NotBegun,
    Begun,
    Finished(PoolReport),
}

impl ShutdownState {
    pub(super) fn has_begun(&self) -> bool {
        !matches!(*self.lock(), Progress::NotBegun)
    }

    /// Returns `Ok` to the first caller. To others, the first one's report, or `None` if `deadline`
    /// passes before there is one.
    fn begin(&self, deadline: Option<Instant>) -> Result<(), Option<PoolReport>> {
        let mut progress = self.lock();
        loop {
            match *progress {
                Progress::NotBegun => {
                    *progress = Progress::Begun;
                    return Ok(());
                }
                Progress::Finished(report) => return Err(Some(report)),
                Progress::Begun => {}
            }
            progress = match deadline {
                None => self
                    .finished
                    .wait(progress)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(None);
                    }
                    let waited = self.finished.wait_timeout(progress, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn finish(&self, report: PoolReport) {
        *self.lock() = Progress::Finished(report);
        self.finished.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }
}

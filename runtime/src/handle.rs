//! The handle of a dispatched message: waits for the reply, or cancels the job.
//!
//! A [`JoinHandle`] and a [`Reply`] share a slot. Its states:
//!
//! | state | meaning | next |
//! | --- | --- | --- |
//! | `QUEUED` | the job has not begun | `RUNNING` by the worker, `CANCELLED` by the handle, `DONE` if it is never run |
//! | `RUNNING` | the worker's function runs | `DONE` by the worker |
//! | `AWAITING` | the worker's future runs | `DONE` by the worker, `CANCELLING` by the handle |
//! | `CANCELLING` | the worker's future is to be dropped | `DONE` by the worker |
//! | `CANCELLED` | the job will not begin | none |
//! | `DONE` | the result is in the slot, or was taken out of it | none |

#[cfg(feature = "tokio")]
mod tasks;

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

#[cfg(feature = "tokio")]
use crate::blocking;
use crate::error::JobError;
#[cfg(feature = "tokio")]
use crate::reentrant::OwnPoolWait;
use crate::reentrant::{self, OwnWait, PoolId, PoolThread, WouldDeadlock};
use crate::sync::thread::{self, Thread};
use crate::sync::{
    AtomicBool, AtomicU8, AtomicUsize, Backoff, Instant, Mutex, MutexGuard, Ordering, lock,
    thread_local,
};
use crate::unwind;

#[cfg(feature = "tokio")]
pub(crate) use tasks::TaskWakers;

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const AWAITING: u8 = 2;
const CANCELLING: u8 = 3;
const CANCELLED: u8 = 4;
const DONE: u8 = 5;

/// An owned handle of a dispatched message: waits for the output of its job, by blocking or by
/// `.await`.
///
/// Dropping the handle detaches the job: it still runs, and its output is dropped. A pool of tasks
/// can be told to cancel it instead (`TaskPoolBuilder::cancel_on_drop`).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::traced_worker;
///
/// #[traced_worker]
/// fn double(number: u64) -> u64 {
///     number * 2
/// }
///
/// let pool = double::pool().threads(1).start()?;
/// assert_eq!(pool.dispatch(4)?.wait()?, 8);
///
/// match pool.dispatch(5)?.wait_timeout(Duration::from_secs(60)) {
///     Ok(output) => assert_eq!(output?, 10),
///     Err(handle) => drop(handle), // still running
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping the handle detaches the job; `Pool::send` dispatches without a reply"]
pub struct JoinHandle<T> {
    slot: Arc<Slot<T>>,
    /// A wait of a job of the same pool.
    #[cfg(feature = "tokio")]
    own_pool_wait: OwnPoolWait,
}

impl<T> JoinHandle<T> {
    /// Waits until the job has ended, and returns its output.
    ///
    /// # Errors
    ///
    /// Returns a [`JobError`] if the worker panicked, or if the message was not run: it was
    /// abandoned by a shutdown, or cancelled.
    ///
    /// # Blocking
    ///
    /// Blocks the thread: spins for some microseconds, then parks it. In async code, `.await` the
    /// handle instead. With the feature `tokio` a wait that blocks a task of a runtime is warned of,
    /// once in a process.
    ///
    /// A worker that waits for a job of its own pool, or of a pool on the same
    /// [`Threads`](crate::Threads), does not block the pool: its thread runs queued messages
    /// meanwhile, each under its own context, inside of the message that waits. If it cannot, because
    /// the worker has a `#[state]` or because 64 messages are already run inside of each other, this returns [`JobError::WouldDeadlock`] at once; the job is still run. So it does
    /// in a message that waits for the one inside of which it is run.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn double(number: u64) -> u64 {
    ///     number * 2
    /// }
    ///
    /// let pool = double::pool().threads(1).start()?;
    /// let handle = pool.dispatch(4)?;
    /// assert_eq!(handle.wait()?, 8);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(self) -> Result<T, JobError> {
        self.slot
            .wait_until(None)
            .unwrap_or(Err(JobError::Abandoned))
    }

    /// Waits until the job has ended, for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the handle if the job has not ended by then. The inner result is that of
    /// [`wait`](Self::wait).
    ///
    /// # Blocking
    ///
    /// Blocks the thread as [`wait`](Self::wait) does. A message that a worker's thread runs meanwhile
    /// is not interrupted: it may last beyond the timeout.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn process() -> &'static str {
    ///     "done"
    /// }
    ///
    /// let pool = process::pool().threads(1).start()?;
    /// match pool.dispatch(())?.wait_timeout(Duration::from_secs(60)) {
    ///     Ok(output) => assert_eq!(output?, "done"),
    ///     Err(handle) => drop(handle), // it still runs
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait_timeout(self, timeout: Duration) -> Result<Result<T, JobError>, Self> {
        // Where the clock cannot reach that far, the wait has no end.
        let deadline = Instant::now().checked_add(timeout);
        self.slot.wait_until(deadline).ok_or(self)
    }

    /// Returns `true` if the job has ended, so that [`wait`](Self::wait) would not block.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.slot.is_finished()
    }

    /// Cancels the job if it has not begun, and returns `true` if so.
    ///
    /// A job that is cancelled resolves at once with [`JobError::Cancelled`]. Its message stays in
    /// the queue until a thread of the pool takes it out, drops it and ends its span, which has the
    /// attribute `traced_worker.outcome` = `cancelled`. A function that runs cannot be cancelled.
    ///
    /// The future of an `async` worker can be cancelled while it runs, and this returns `true` then,
    /// too. The future is dropped at the await point that it has reached, or else at the next one;
    /// after that the handle resolves. If the future completes first, the handle has its output.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use traced_worker::traced_worker;
    ///
    /// #[traced_worker]
    /// fn receive(receiver: mpsc::Receiver<()>) {
    ///     let _ = receiver.recv();
    /// }
    ///
    /// let pool = receive::pool().threads(1).start()?;
    /// let (sender, receiver) = mpsc::channel();
    /// let first = pool.dispatch(receiver)?; // keeps the only thread busy
    /// let second = pool.dispatch(mpsc::channel().1)?;
    /// assert!(second.cancel());
    /// assert!(second.wait().unwrap_err().is_cancelled());
    ///
    /// drop(sender);
    /// first.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(
        clippy::must_use_candidate,
        reason = "a caller that gave up needs no answer"
    )]
    pub fn cancel(&self) -> bool {
        if self.slot.advance(QUEUED, CANCELLED) {
            self.slot.wake();
            return true;
        }
        let cancels = self.slot.advance(AWAITING, CANCELLING);
        #[cfg(feature = "tokio")]
        if cancels {
            tasks::wake(self.slot.pool, self.slot.worker.load(Ordering::Relaxed));
        }
        cancels
    }
}

/// Completes when the job has ended.
///
/// Dropping it detaches the job. Needs no particular executor.
///
/// A worker that waits for a job of its own pool uses [`wait`](Self::wait): a worker that blocks on
/// this future keeps its thread from running the job.
///
/// # Panics
///
/// Panics if it is polled after it completed.
impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JobError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.slot.poll(context.waker());
        #[cfg(feature = "tokio")]
        {
            let this = self.get_mut();
            if polled.is_ready() {
                this.own_pool_wait.end();
            } else if let Err(WouldDeadlock) = this.own_pool_wait.begin(this.slot.pool) {
                return Poll::Ready(Err(JobError::WouldDeadlock));
            }
        }
        polled
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("is_finished", &self.is_finished())
            .finish()
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if self.slot.cancel_on_drop && !self.slot.is_finished() {
            // The waker of a task is foreign code.
            let _ = unwind::catch(|| self.cancel());
        }
    }
}

/// Returns the two ends of a slot, for a job of `pool`, which is cancelled if `cancel_on_drop` and its
/// handle is dropped.
pub(crate) fn channel<T>(pool: PoolId, cancel_on_drop: bool) -> (Reply<T>, JoinHandle<T>) {
    let slot = Arc::new(Slot {
        pool,
        cancel_on_drop,
        state: AtomicU8::new(QUEUED),
        has_waiter: AtomicBool::new(false),
        worker: AtomicUsize::new(0),
        content: Mutex::new(Content::EMPTY),
    });
    let reply = Reply {
        slot: Arc::clone(&slot),
    };
    let handle = JoinHandle {
        slot,
        #[cfg(feature = "tokio")]
        own_pool_wait: OwnPoolWait::default(),
    };
    (reply, handle)
}

/// The worker's end of a slot. Dropping it without [`send`](Self::send) abandons the job.
pub(crate) struct Reply<T> {
    slot: Arc<Slot<T>>,
}

impl<T> Reply<T> {
    /// Marks the job as begun by the calling thread; returns `false` if it was cancelled.
    pub(crate) fn begin(&self) -> bool {
        self.slot.worker.store(thread_token(), Ordering::Relaxed);
        self.slot.advance(QUEUED, RUNNING)
    }

    /// Resolves the handle. A waker, and the `Drop` of a result that no handle waits for, run here:
    /// both may panic.
    pub(crate) fn send(self, result: Result<T, JobError>) {
        self.slot.complete(result);
        // The result is in the slot: `Drop` must not replace it.
    }
}

/// The worker's end for a job whose future a task runs.
#[cfg(feature = "tokio")]
impl<T> Reply<T> {
    /// Marks the job as begun by the task that is worker `worker`, so that it can be cancelled while it
    /// runs; returns `false` if it was cancelled before.
    pub(crate) fn begin_task(&self, worker: usize) -> bool {
        self.slot.worker.store(worker, Ordering::Relaxed);
        self.slot.advance(QUEUED, AWAITING)
    }

    /// Returns `true` if the handle has cancelled the job that runs.
    pub(crate) fn is_cancelling(&self) -> bool {
        self.slot.state.load(Ordering::Acquire) == CANCELLING
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if !self.slot.is_finished() {
            self.slot.complete(Err(JobError::Abandoned));
        }
    }
}

struct Slot<T> {
    pool: PoolId,
    cancel_on_drop: bool,
    state: AtomicU8,
    /// `true` once a waiter was registered. Only the handle reads and writes it: its first poll need not
    /// look for the waker of an earlier one.
    has_waiter: AtomicBool,
    /// The token of the thread that began the job, or the index of the worker that is a task.
    worker: AtomicUsize,
    content: Mutex<Content<T>>,
}

enum Content<T> {
    /// No result yet.
    Pending {
        /// Wakes the one that waits for the result.
        waiter: Option<Waker>,
    },
    Finished(Result<T, JobError>),
    /// The result was handed out.
    Taken,
}

impl<T> Content<T> {
    const EMPTY: Self = Self::Pending { waiter: None };

    fn take_waiter(&mut self) -> Option<Waker> {
        match self {
            Self::Pending { waiter } => waiter.take(),
            Self::Finished(_) | Self::Taken => None,
        }
    }
}

impl<T> Slot<T> {
    fn is_finished(&self) -> bool {
        self.state.load(Ordering::Acquire) >= CANCELLED
    }

    fn advance(&self, from: u8, to: u8) -> bool {
        self.state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    /// Stores the result and wakes the waiter, outside the lock.
    fn complete(&self, result: Result<T, JobError>) {
        let mut content = self.lock();
        if let Content::Taken = *content {
            // Cancelled, and that was seen already.
            drop(content);
            return;
        }
        let before = mem::replace(&mut *content, Content::Finished(result));
        self.state.store(DONE, Ordering::Release);
        drop(content);
        if let Content::Pending {
            waiter: Some(waker),
        } = before
        {
            waker.wake();
        }
    }

    /// Wakes the waiter of a job that was cancelled.
    fn wake(&self) {
        let waiter = self.lock().take_waiter();
        if let Some(waker) = waiter {
            waker.wake();
        }
    }

    fn poll(&self, waker: &Waker) -> Poll<Result<T, JobError>> {
        if let Some(result) = self.take() {
            return Poll::Ready(result);
        }
        if self.has_waiter.load(Ordering::Relaxed)
            && let Content::Pending {
                waiter: Some(known),
            } = &*self.lock()
            && known.will_wake(waker)
        {
            return Poll::Pending;
        }
        // Cloned, and the one before it dropped, outside the lock: both may be foreign code.
        let waker = waker.clone();
        let mut content = self.lock();
        let before = match &mut *content {
            Content::Pending { waiter } => waiter.replace(waker),
            Content::Finished(_) | Content::Taken => Some(waker),
        };
        drop(content);
        drop(before);
        self.has_waiter.store(true, Ordering::Relaxed);
        self.take().map_or(Poll::Pending, Poll::Ready)
    }

    /// Takes the result if the job has ended.
    fn take(&self) -> Option<Result<T, JobError>> {
        if !self.is_finished() {
            return None;
        }
        let mut content = self.lock();
        let before = mem::replace(&mut *content, Content::Taken);
        drop(content);
        match before {
            Content::Finished(result) => Some(result),
            Content::Pending { .. } => Some(Err(JobError::Cancelled)),
            Content::Taken => panic!("a `JoinHandle` was polled after it completed"),
        }
    }

    /// Blocks until the job has ended; returns `None` if `deadline` passes first.
    fn wait_until(&self, deadline: Option<Instant>) -> Option<Result<T, JobError>> {
        if !self.is_finished()
            && let Some(thread) = reentrant::current(self.pool)
        {
            return self.wait_on_pool_thread(&*thread, deadline);
        }
        let backoff = Backoff::new();
        while !self.is_finished() {
            if backoff.is_completed() {
                return self.park_until(deadline);
            }
            backoff.snooze();
        }
        self.take()
    }

    /// Waits on a thread of the job's own pool, which runs queued messages meanwhile: the job may be
    /// one of them.
    fn wait_on_pool_thread(
        &self,
        thread: &dyn PoolThread,
        deadline: Option<Instant>,
    ) -> Option<Result<T, JobError>> {
        if let Poll::Ready(result) = self.poll(&thread.waker()) {
            return Some(result);
        }
        let waited = if self.runs_on_this_thread() {
            Err(WouldDeadlock)
        } else {
            thread.run_until(&OwnWait::new(self.pool, &|| self.is_finished(), deadline))
        };
        match waited {
            // The queue is closed and empty: another thread has the job.
            Ok(()) => self.park_until(deadline),
            Err(WouldDeadlock) if deadline.is_some() => self.park_until(deadline),
            Err(WouldDeadlock) => Some(Err(JobError::WouldDeadlock)),
        }
    }

    /// Returns `true` if the job waits for the one that calls this, which is run inside of it.
    fn runs_on_this_thread(&self) -> bool {
        self.state.load(Ordering::Acquire) == RUNNING
            && self.worker.load(Ordering::Relaxed) == thread_token()
    }

    fn park_until(&self, deadline: Option<Instant>) -> Option<Result<T, JobError>> {
        #[cfg(feature = "tokio")]
        blocking::warn_in_task();
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if let Poll::Ready(result) = self.poll(&waker) {
                return Some(result);
            }
            match deadline {
                None => thread::park(),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    thread::park_timeout(left);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Content<T>> {
        lock(&self.content)
    }
}

/// Returns a number that no other thread has at the same time.
fn thread_token() -> usize {
    thread_local! {
        static TOKEN: u8 = const { 0 };
    }
    TOKEN.with(|token| ptr::from_ref(token).addr())
}

/// A waker that unparks a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;

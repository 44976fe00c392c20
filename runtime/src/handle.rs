//! The handle of a job: its reply, to wait for or to await.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use crate::error::JobError;
use crate::spin::{self, Spin};

thread_local! {
    static SPIN: Cell<Spin> = const { Cell::new(Spin::new()) };
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, JobError>>;

/// A job that was dispatched: wait for its output, or `.await` it.
///
/// Dropping the handle detaches the job: it still runs, and nobody gets its output.
///
/// # Example
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
    receiver: Receiver<T>,
}

enum Receiver<T> {
    Blocking(oneshot::Receiver<Result<T, JobError>>),
    /// Polled once, at least: a waker may be registered.
    Polled(oneshot::AsyncReceiver<Result<T, JobError>>),
    /// The output was given away.
    Empty,
}

pub(crate) fn channel<T>() -> (Reply<T>, JoinHandle<T>) {
    let (reply, receiver) = oneshot::channel();
    let receiver = Receiver::Blocking(receiver);
    (reply, JoinHandle { receiver })
}

impl<T> JoinHandle<T> {
    /// Waits until the job has ended: its output comes back unchanged.
    ///
    /// It stays awake for some microseconds, as long as that has paid lately, before the thread is
    /// put to sleep.
    ///
    /// # Errors
    ///
    /// If the worker panicked, or if the job was abandoned by a shutdown.
    pub fn wait(mut self) -> Result<T, JobError> {
        self.stay_awake(None);
        match std::mem::replace(&mut self.receiver, Receiver::Empty) {
            Receiver::Blocking(receiver) => receiver.recv().unwrap_or(Err(JobError::Abandoned)),
            polled => {
                self.receiver = polled;
                block_on(self, None).unwrap_or(Err(JobError::Abandoned))
            }
        }
    }

    /// Waits until the job has ended, but no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Gives the handle back if the job has not ended by then. The inner result is that of
    /// [`wait`](Self::wait).
    pub fn wait_timeout(mut self, timeout: Duration) -> Result<Result<T, JobError>, Self> {
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return Ok(self.wait());
        };
        self.stay_awake(Some(deadline));
        if let Receiver::Blocking(receiver) = &self.receiver {
            match receiver.recv_deadline(deadline) {
                Ok(result) => Ok(result),
                Err(oneshot::RecvTimeoutError::Disconnected) => Ok(Err(JobError::Abandoned)),
                Err(oneshot::RecvTimeoutError::Timeout) => Err(self),
            }
        } else {
            block_on(&mut self, Some(deadline)).ok_or(self)
        }
    }

    /// Whether the job has ended, so that [`wait`](Self::wait) would not wait.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        match &self.receiver {
            Receiver::Blocking(receiver) => receiver.has_message() || receiver.is_closed(),
            Receiver::Polled(receiver) => receiver.has_message() || receiver.is_closed(),
            Receiver::Empty => true,
        }
    }

    /// Waits, but for no longer than it pays to wait awake.
    fn stay_awake(&self, deadline: Option<Instant>) {
        let is_over = || self.is_finished() || deadline.is_some_and(|it| it <= Instant::now());
        spin::with(&SPIN, |spin| {
            if is_over() {
                spin.skip();
            } else {
                spin.wait_for(|| is_over().then_some(()));
            }
        });
    }
}

/// Completes when the job has ended.
///
/// # Panics
///
/// If it is polled after it completed.
impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut receiver = match std::mem::replace(&mut self.receiver, Receiver::Empty) {
            Receiver::Blocking(receiver) => receiver.into_future(),
            Receiver::Polled(receiver) => receiver,
            Receiver::Empty => panic!("a `JoinHandle` was polled after it completed"),
        };
        match Pin::new(&mut receiver).poll(context) {
            Poll::Ready(result) => Poll::Ready(result.unwrap_or(Err(JobError::Abandoned))),
            Poll::Pending => {
                self.receiver = Receiver::Polled(receiver);
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("is_finished", &self.is_finished())
            .finish()
    }
}

/// Blocks on a handle that was polled before. `None` if `deadline` passed.
fn block_on<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
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

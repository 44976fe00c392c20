//! The shutdown of a program: steps before, pools, telemetry, steps after; once and in this order.

mod report;
#[cfg(all(feature = "signals", any(unix, windows)))]
mod signals;
mod steps;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::detached::Detached;
use crate::sync::{Condvar, Mutex, MutexGuard, lock, thread};
use crate::unwind;

pub use report::{ShutdownReport, ShutdownStep, StepError, StepErrorKind};
pub use steps::ShutdownBuilder;
use steps::Steps;

/// A shutdown of pools and telemetry: once, within a timeout, whoever begins it.
///
/// The order is the one in which no span is lost:
///
/// 1. the steps that [`before`](ShutdownBuilder::before) adds: a server ends its requests;
/// 2. each pool: its queue is closed, what was accepted is run;
/// 3. spans that are still open are waited for, then the telemetry is flushed and shut down;
/// 4. the providers that [`provider`](ShutdownBuilder::provider) adds are flushed and shut down;
/// 5. the steps that [`then`](ShutdownBuilder::then) adds.
///
/// A clone is a handle of the same shutdown. [`run`](Self::run) begins it on any thread,
/// [`run_async`](Self::run_async) in async code, `on_signals` (feature `signals`) at a signal;
/// [`wait`](Self::wait) waits until it has finished.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::{Shutdown, traced_worker};
///
/// #[traced_worker]
/// fn process(number: u32) {
///     let _ = number;
/// }
///
/// let pool = process::pool().start()?;
/// let shutdown = Shutdown::builder().timeout(Duration::from_secs(5)).pool(&pool).build();
///
/// pool.send(7)?;
/// let report = shutdown.run();
/// assert_eq!((report.jobs.completed, report.repeated), (1, false));
/// assert!(shutdown.run().repeated);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Shutdown(Arc<Inner>);

struct Inner {
    timeout: Duration,
    progress: Mutex<Progress>,
    finished: Condvar,
    /// The number of the first signal.
    #[cfg(all(feature = "signals", any(unix, windows)))]
    signal: std::sync::OnceLock<i32>,
}

enum Progress {
    NotBegun(Steps),
    /// The wakers of the futures that wait.
    Begun(Vec<Waker>),
    Finished(ShutdownReport),
}

impl Shutdown {
    /// Returns a builder for a shutdown that takes at most 10 seconds, unless
    /// [`timeout`](ShutdownBuilder::timeout) is set.
    pub fn builder() -> ShutdownBuilder {
        ShutdownBuilder::new()
    }

    fn new(timeout: Duration, steps: Steps) -> Self {
        Self(Arc::new(Inner {
            timeout,
            progress: Mutex::new(Progress::NotBegun(steps)),
            finished: Condvar::new(),
            #[cfg(all(feature = "signals", any(unix, windows)))]
            signal: std::sync::OnceLock::new(),
        }))
    }

    /// Shuts down and returns the report.
    ///
    /// The first call does it, on the thread that calls. A later call changes nothing and returns
    /// the same report with `repeated` set; while the first one is under way, it waits for it.
    ///
    /// # Blocking
    ///
    /// Blocks the thread for at most the timeout. In async code use [`run_async`](Self::run_async).
    #[expect(
        clippy::must_use_candidate,
        reason = "a caller that only ends the program needs no report"
    )]
    pub fn run(&self) -> ShutdownReport {
        match self.begin() {
            Some(steps) => {
                let report = steps.run(self.0.timeout);
                self.finish(&report);
                report
            }
            None => ShutdownReport {
                repeated: true,
                ..self.wait()
            },
        }
    }

    /// Begins the shutdown on a thread of its own, and returns a future that completes when it has
    /// finished.
    ///
    /// It begins when this is called, not when the future is polled, and needs no particular
    /// executor.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Pool, Shutdown, traced_worker};
    ///
    /// #[traced_worker]
    /// fn process(number: u32) {
    ///     let _ = number;
    /// }
    ///
    /// async fn end(pool: &Pool<process>) {
    ///     let report = Shutdown::builder().pool(pool).build().run_async().await;
    ///     assert!(report.is_clean());
    /// }
    /// # let pool = process::pool().threads(1).start()?;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(end(&pool));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_async(&self) -> ShutdownFuture {
        let shutdown = self.clone();
        let spawned = thread::Builder::new()
            .name("shutdown".to_owned())
            .spawn(move || shutdown.run());
        if spawned.is_err() {
            // No thread can be started: a blocked executor is better than no shutdown.
            self.run();
        }
        ShutdownFuture(self.clone())
    }

    /// Waits until the shutdown was begun, by another thread or a signal, and has finished.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until then; for ever, if nothing begins the shutdown.
    #[must_use]
    pub fn wait(&self) -> ShutdownReport {
        let mut progress = self.progress();
        loop {
            if let Progress::Finished(report) = &*progress {
                return report.clone();
            }
            let waited = self.0.finished.wait(progress);
            progress = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Returns the report, or `None` while the shutdown has not finished.
    #[must_use]
    pub fn report(&self) -> Option<ShutdownReport> {
        match &*self.progress() {
            Progress::Finished(report) => Some(report.clone()),
            Progress::NotBegun(_) | Progress::Begun(_) => None,
        }
    }

    /// Returns the steps to the first caller.
    fn begin(&self) -> Option<Steps> {
        let mut progress = self.progress();
        if !matches!(*progress, Progress::NotBegun(_)) {
            return None;
        }
        match std::mem::replace(&mut *progress, Progress::Begun(Vec::new())) {
            Progress::NotBegun(steps) => Some(steps),
            Progress::Begun(_) | Progress::Finished(_) => None,
        }
    }

    fn finish(&self, report: &ShutdownReport) {
        let mut progress = self.progress();
        let before = std::mem::replace(&mut *progress, Progress::Finished(report.clone()));
        drop(progress);
        self.0.finished.notify_all();
        let Progress::Begun(wakers) = before else {
            return;
        };
        if !wakers.is_empty() {
            // A waker may take longer than the caller can wait.
            Detached::run("wake", move || {
                for waker in wakers {
                    // One that panics must not leave the others asleep.
                    let _ = unwind::catch(|| waker.wake());
                }
            });
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.0.progress)
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown")
            .field("timeout", &self.0.timeout)
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}

/// A future that completes when a shutdown has finished: see [`Shutdown::run_async`].
///
/// Dropping it changes nothing: the shutdown goes on.
#[derive(Debug)]
#[must_use = "the shutdown has finished when this completes"]
pub struct ShutdownFuture(Shutdown);

impl Future for ShutdownFuture {
    type Output = ShutdownReport;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ShutdownReport> {
        // Cloned, and dropped if it is not needed, outside the lock: both may be foreign code.
        let waker = context.waker().clone();
        let mut progress = self.0.progress();
        let unused = match &mut *progress {
            Progress::Finished(report) => return Poll::Ready(report.clone()),
            Progress::Begun(wakers) if !wakers.iter().any(|known| known.will_wake(&waker)) => {
                wakers.push(waker);
                None
            }
            Progress::Begun(_) => Some(waker),
            // The thread that runs it has not got there yet.
            Progress::NotBegun(_) => {
                drop(progress);
                waker.wake();
                return Poll::Pending;
            }
        };
        drop(progress);
        drop(unused);
        Poll::Pending
    }
}

//! The steps of a shutdown: they are added, and then run in their order, until the deadline.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::Shutdown;
use super::report::{ShutdownReport, ShutdownStep, StepError, StepErrorKind};
use crate::detached::Detached;
use crate::pool::{Pool, PoolReport};
use crate::sync::{Instant, mpsc};
use crate::unwind;
use crate::worker::Worker;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The part of the timeout that is kept for flushing telemetry, and its limit.
const FLUSH_PART: u32 = 4;
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

/// A builder of a [`Shutdown`]: made by [`Shutdown::builder`].
#[must_use = "nothing is shut down before `build` and `run`"]
pub struct ShutdownBuilder {
    timeout: Duration,
    steps: Steps,
}

type BoxError = Box<dyn Error + Send + Sync>;

/// A closure that gets the time that is left.
type Step = Box<dyn FnOnce(Duration) -> Result<(), BoxError> + Send>;

#[derive(Default)]
pub(super) struct Steps {
    before: Vec<Step>,
    pools: Vec<Box<dyn AnyPool>>,
    #[cfg(feature = "telemetry")]
    telemetry: Option<crate::telemetry::Telemetry>,
    providers: Vec<Step>,
    then: Vec<Step>,
}

/// A pool of any worker.
trait AnyPool: Send + Sync {
    fn shutdown(&self, timeout: Duration) -> PoolReport;
}

impl<W: Worker> AnyPool for Pool<W> {
    fn shutdown(&self, timeout: Duration) -> PoolReport {
        Self::shutdown(self, timeout)
    }
}

impl ShutdownBuilder {
    pub(super) fn new() -> Self {
        Self {
            timeout: DEFAULT_TIMEOUT,
            steps: Steps::default(),
        }
    }

    /// Sets the time that the whole shutdown may take. A quarter of it, at most 5 seconds, is kept
    /// for flushing, if there is telemetry or a provider.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Adds a step before the pools are shut down: what dispatches to them ends first.
    ///
    /// The closure gets the time that is left, and runs on a thread of its own. One that takes
    /// longer is left behind. Steps run in the order in which they are added.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use traced_worker::Shutdown;
    ///
    /// let (stop, stopped) = mpsc::channel::<()>();
    /// let (done, server) = mpsc::channel::<()>();
    /// std::thread::spawn(move || {
    ///     let _ = stopped.recv(); // serves until it is stopped
    ///     drop(done);
    /// });
    /// let shutdown = Shutdown::builder()
    ///     .before(move |left| {
    ///         drop(stop);
    ///         let _ = server.recv_timeout(left); // waits for requests in flight
    ///     })
    ///     .build();
    /// assert!(shutdown.run().is_clean());
    /// ```
    pub fn before(mut self, step: impl FnOnce(Duration) + Send + 'static) -> Self {
        self.steps.before.push(infallible(step));
        self
    }

    /// Adds a pool.
    ///
    /// Pools are shut down in the order in which they are added. Add a pool whose worker dispatches
    /// to another pool before that one.
    pub fn pool<W: Worker>(mut self, pool: &Pool<W>) -> Self {
        self.steps.pools.push(Box::new(pool.clone()));
        self
    }

    /// Sets the telemetry, which is flushed and shut down after the pools.
    #[cfg(feature = "telemetry")]
    #[cfg_attr(docsrs, doc(cfg(feature = "telemetry")))]
    pub fn telemetry(mut self, telemetry: crate::telemetry::Telemetry) -> Self {
        self.steps.telemetry = Some(telemetry);
        self
    }

    /// Adds a provider of one's own, as a closure that flushes it and shuts it down after the pools.
    ///
    /// The closure gets the time that is left, and runs on a thread of its own. One that takes
    /// longer is left behind.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use traced_worker::{Shutdown, traced_worker};
    ///
    /// #[traced_worker]
    /// fn process() {}
    ///
    /// let provider = SdkTracerProvider::builder().build();
    /// let pool = process::pool().tracer_provider(&provider).start()?;
    /// let shutdown = Shutdown::builder()
    ///     .pool(&pool)
    ///     .provider(move |left| {
    ///         provider.force_flush()?;
    ///         provider.shutdown_with_timeout(left)
    ///     })
    ///     .build();
    /// assert!(shutdown.run().is_clean());
    /// # Ok::<(), traced_worker::StartError>(())
    /// ```
    pub fn provider<E>(
        mut self,
        shutdown: impl FnOnce(Duration) -> Result<(), E> + Send + 'static,
    ) -> Self
    where
        E: Into<BoxError>,
    {
        let step = move |left| shutdown(left).map_err(Into::into);
        self.steps.providers.push(Box::new(step));
        self
    }

    /// Adds a step after everything else.
    ///
    /// The closure gets the time that is left, and runs on a thread of its own. One that takes
    /// longer is left behind. Steps run in the order in which they are added.
    pub fn then(mut self, step: impl FnOnce(Duration) + Send + 'static) -> Self {
        self.steps.then.push(infallible(step));
        self
    }

    /// Builds the shutdown, which has not begun.
    #[must_use]
    pub fn build(self) -> Shutdown {
        Shutdown::new(self.timeout, self.steps)
    }
}

impl fmt::Debug for ShutdownBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownBuilder")
            .field("timeout", &self.timeout)
            .field("pools", &self.steps.pools.len())
            .finish_non_exhaustive()
    }
}

fn infallible(step: impl FnOnce(Duration) + Send + 'static) -> Step {
    Box::new(move |left| {
        step(left);
        Ok(())
    })
}

impl Steps {
    /// Runs all steps, for at most `timeout`.
    pub(super) fn run(self, timeout: Duration) -> ShutdownReport {
        let clock = Clock::start(timeout);
        let kept = if self.flushes() {
            (timeout / FLUSH_PART).min(FLUSH_LIMIT)
        } else {
            Duration::ZERO
        };
        let mut report = ShutdownReport::default();
        for step in self.before {
            report.run(ShutdownStep::Before, step, clock.left(kept));
        }
        for pool in self.pools {
            let jobs = pool.shutdown(clock.left(kept));
            if !jobs.is_clean() && !jobs.repeated && clock.left(kept).is_zero() {
                report.failed(ShutdownStep::Pool, StepErrorKind::TimedOut);
            }
            report.jobs += jobs;
        }
        report.repeated = report.jobs.repeated;
        #[cfg(feature = "telemetry")]
        if let Some(telemetry) = self.telemetry {
            if telemetry.wait_for_open_spans(clock.left(kept)) > 0 {
                report.failed(ShutdownStep::OpenSpans, StepErrorKind::TimedOut);
            }
            report.flushed(telemetry.shutdown_now(clock.left(Duration::ZERO)));
        }
        for step in self.providers {
            report.run(ShutdownStep::Provider, step, clock.left(Duration::ZERO));
        }
        for step in self.then {
            report.run(ShutdownStep::Then, step, clock.left(Duration::ZERO));
        }
        report
    }

    fn flushes(&self) -> bool {
        #[cfg(feature = "telemetry")]
        if self.telemetry.is_some() {
            return true;
        }
        !self.providers.is_empty()
    }
}

impl ShutdownReport {
    /// Runs a step on a thread of its own, because it may take longer than it should.
    fn run(&mut self, name: ShutdownStep, step: Step, left: Duration) {
        let (done, result) = mpsc::sync_channel(1);
        Detached::run("shutdown-step", move || {
            // Nobody receives any more when the time is over.
            let _ = done.send(unwind::catch(|| step(left)));
        });
        match result.recv_timeout(left) {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => self.failed(name, StepErrorKind::Failed(error.to_string())),
            Ok(Err(panic)) => {
                self.failed(name, StepErrorKind::Panicked(panic.message().to_owned()));
            }
            Err(_) => self.failed(name, StepErrorKind::TimedOut),
        }
    }

    fn failed(&mut self, step: ShutdownStep, kind: StepErrorKind) {
        self.errors.push(StepError { step, kind });
    }
}

struct Clock {
    start: Instant,
    timeout: Duration,
}

impl Clock {
    fn start(timeout: Duration) -> Self {
        Self {
            start: Instant::now(),
            timeout,
        }
    }

    /// Returns the time that is left, but for what is kept for later steps.
    fn left(&self, kept: Duration) -> Duration {
        let usable = self.timeout.saturating_sub(kept);
        usable.saturating_sub(self.start.elapsed())
    }
}

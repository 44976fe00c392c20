//! Everything shut down in its order, once, whoever asks for it.

mod future;
#[cfg(all(unix, feature = "signals"))]
mod signals;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use crate::pool::{Drain, Report};
use crate::telemetry::{ShutdownReport, Spans, Telemetry, for_draining};

pub use self::future::Finished;

/// Shuts down any number of pools, then the telemetry: once, by a deadline, whoever asks.
///
/// A clone is the same shutdown. It is begun from any thread with [`run`](Self::run), from a task
/// of an async runtime with [`run_async`](Self::run_async), or by a signal with `on_signals`
/// (feature `signals`); [`wait`](Self::wait) waits until it is over.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use traced_worker::{Shutdown, telemetry, traced_worker};
///
/// #[traced_worker]
/// fn process(number: u32) {
///     let _ = number;
/// }
///
/// let telemetry = telemetry::init()?;
/// let pool = Arc::new(process::pool().start()?);
/// let shutdown = Shutdown::within(Duration::from_secs(5))
///     .pool(Arc::clone(&pool))
///     .telemetry(telemetry)
///     .build();
///
/// pool.send(7)?;
/// let report = shutdown.run();
/// assert_eq!((report.completed, report.repeated), (1, false));
/// assert!(shutdown.run().repeated);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Shutdown(Arc<Inner>);

/// What is to be shut down: made by [`Shutdown::within`].
#[must_use = "nothing is shut down before `build` and `run`"]
pub struct ShutdownBuilder {
    pools: Vec<BoxedPool>,
    telemetry: Option<Arc<Telemetry>>,
    deadline: Duration,
}

type BoxedPool = Box<dyn Drain + Send + Sync>;

struct Inner {
    parts: ShutdownBuilder,
    /// Held by whoever shuts down.
    turn: Mutex<()>,
    outcome: Mutex<Outcome>,
    over: Condvar,
}

#[derive(Default)]
struct Outcome {
    report: Option<ShutdownReport>,
    waiting: Vec<Waker>,
}

impl Shutdown {
    /// Begins to say what is to be shut down, all of it within `deadline` from when it begins.
    pub fn within(deadline: Duration) -> ShutdownBuilder {
        ShutdownBuilder {
            pools: Vec::new(),
            telemetry: None,
            deadline,
        }
    }

    /// Shuts down, and says what became of everything.
    ///
    /// The first call does it, whatever thread it is on. A later one changes nothing and says so in
    /// the report; while the first is under way, it waits for it.
    pub fn run(&self) -> ShutdownReport {
        let inner = &*self.0;
        let _turn = inner.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(report) = &inner.outcome().report {
            return ShutdownReport {
                repeated: true,
                ..report.clone()
            };
        }
        let report = inner.parts.shut_down();
        let mut outcome = inner.outcome();
        outcome.report = Some(report.clone());
        let waiting = std::mem::take(&mut outcome.waiting);
        drop(outcome);
        inner.over.notify_all();
        waiting.into_iter().for_each(Waker::wake);
        report
    }

    /// Shuts down on a thread of its own, so that no thread of an async runtime is blocked.
    ///
    /// It begins now, not when the future is polled, and needs no particular runtime.
    pub fn run_async(&self) -> Finished {
        let shutdown = self.clone();
        let thread = thread::Builder::new()
            .name("shutdown".into())
            .spawn(move || shutdown.run());
        if thread.is_err() {
            // Rather block than not shut down.
            self.run();
        }
        Finished::new(self.clone())
    }

    /// Waits until somebody, or a signal, has begun the shutdown and it is over.
    #[must_use]
    pub fn wait(&self) -> ShutdownReport {
        let mut outcome = self.0.outcome();
        loop {
            if let Some(report) = &outcome.report {
                return report.clone();
            }
            outcome = self
                .0
                .over
                .wait(outcome)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What it came to, once it is over.
    #[must_use]
    pub fn report(&self) -> Option<ShutdownReport> {
        self.0.outcome().report.clone()
    }
}

impl ShutdownBuilder {
    /// Adds a pool, an [`Arc`] of one, or a tuple of pools.
    ///
    /// Pools are drained in the order in which they are added. Where one pool's worker dispatches
    /// to another pool, it stands before it, so that what it dispatches is still taken.
    pub fn pool(mut self, pool: impl Drain + Send + Sync + 'static) -> Self {
        self.pools.push(Box::new(pool));
        self
    }

    /// Adds the telemetry, which is flushed and shut down when all pools are.
    pub fn telemetry(mut self, telemetry: impl Into<Arc<Telemetry>>) -> Self {
        self.telemetry = Some(telemetry.into());
        self
    }

    /// The shutdown, which has not begun.
    #[must_use]
    pub fn build(self) -> Shutdown {
        Shutdown(Arc::new(Inner {
            parts: self,
            turn: Mutex::new(()),
            outcome: Mutex::default(),
            over: Condvar::new(),
        }))
    }

    fn shut_down(&self) -> ShutdownReport {
        let start = Instant::now();
        let draining = match self.telemetry {
            Some(_) => for_draining(self.deadline),
            None => self.deadline,
        };
        let jobs = self.pools.iter().fold(Report::default(), |report, pool| {
            report + pool.drain(draining.saturating_sub(start.elapsed()))
        });
        let passed = start.elapsed();
        let in_time = passed < draining;
        match &self.telemetry {
            Some(telemetry) => {
                telemetry.report(jobs, in_time, self.deadline.saturating_sub(passed))
            }
            None => ShutdownReport::new(jobs, in_time, Spans::default(), None),
        }
    }
}

impl Inner {
    fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shutdown")
            .field("parts", &self.0.parts)
            .field("report", &self.report())
            .finish()
    }
}

impl fmt::Debug for ShutdownBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShutdownBuilder")
            .field("pools", &self.pools.len())
            .field("telemetry", &self.telemetry)
            .field("deadline", &self.deadline)
            .finish()
    }
}

//! Shutting a pool down: stop intake, drain, abandon what is left at the deadline, join.

use std::fmt;
use std::ops::Add;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Pool;
use crate::worker::Worker;

/// What became of a pool's messages: see [`Pool::shutdown`].
///
/// Every message that was ever accepted is in exactly one of the first five figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Runs that returned, and returned no `Err`.
    pub completed: u64,
    /// Runs that returned an `Err`.
    pub failed: u64,
    /// Runs that panicked.
    pub panicked: u64,
    /// Messages that were still queued at the deadline. Their handles say so, and their spans
    /// have ended with an error.
    pub abandoned: u64,
    /// Messages that were still being run at the deadline. They go on, on threads that nobody
    /// waits for; their spans are lost if the provider is shut down before they end.
    pub running: u64,
    /// Whether the pool had been shut down before: then the figures are those of that time.
    pub repeated: bool,
}

impl Report {
    /// Whether every message was run to its end.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.abandoned == 0 && self.running == 0
    }
}

/// The figures of two pools together.
impl Add for Report {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            completed: self.completed + other.completed,
            failed: self.failed + other.failed,
            panicked: self.panicked + other.panicked,
            abandoned: self.abandoned + other.abandoned,
            running: self.running + other.running,
            repeated: self.repeated || other.repeated,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} completed, {} failed, {} panicked, {} abandoned",
            self.completed, self.failed, self.panicked, self.abandoned
        )?;
        if self.running > 0 {
            write!(f, ", {} still running", self.running)?;
        }
        if self.repeated {
            f.write_str(" (was shut down before)")?;
        }
        Ok(())
    }
}

impl<W: Worker> Pool<W> {
    /// Takes no more messages, waits until those that were accepted have been run, but no longer
    /// than `deadline` from now, and says what became of them.
    ///
    /// From now on every dispatch answers [`Closed`](crate::DispatchError::Closed), those that
    /// wait for room too. What is still queued at the deadline is abandoned: not run, its handle
    /// says so, its span is ended with an error. A second call changes nothing and says so; while
    /// the first is under way it waits for it.
    ///
    /// # Example
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
        reason = "who only wants the pool to end has no use for the report"
    )]
    pub fn shutdown(&self, deadline: Duration) -> Report {
        let deadline = Instant::now().checked_add(deadline);
        let accepted = self.intake.close();
        let mut report = self.shared.report();
        if let Some(report) = &*report {
            return Report {
                repeated: true,
                ..*report
            };
        }
        let all_left = self.shared.absence().wait(deadline);
        if !all_left {
            self.shared.begin_abandoning();
        }
        let threads = self.shared.take_threads();
        if all_left {
            for thread in threads {
                // A thread catches its panics, and has nothing to tell.
                let _ = thread.join();
            }
        }
        let stats = self.stats();
        // A thread may have taken a message and not begun with it: so what is neither done nor
        // abandoned is the difference, and the figures add up at whatever moment they are read.
        let done = stats.completed + stats.failed + stats.panicked + stats.abandoned;
        *report.insert(Report {
            completed: stats.completed,
            failed: stats.failed,
            panicked: stats.panicked,
            abandoned: stats.abandoned,
            running: accepted.saturating_sub(done),
            repeated: false,
        })
    }
}

/// What can be shut down in one go: a pool, owned, borrowed or in an `Arc`, or a tuple of pools.
///
/// The pools of a tuple are shut down from the first to the last, under one deadline: where one
/// pool's worker dispatches to another pool, it stands before it.
pub trait Drain: sealed::Sealed {
    /// Shuts down as [`Pool::shutdown`] does.
    fn drain(&self, deadline: Duration) -> Report;
}

mod sealed {
    pub trait Sealed {}
}

impl<W: Worker> sealed::Sealed for Pool<W> {}

impl<W: Worker> Drain for Pool<W> {
    fn drain(&self, deadline: Duration) -> Report {
        self.shutdown(deadline)
    }
}

impl<D: Drain + ?Sized> sealed::Sealed for &D {}

impl<D: Drain + ?Sized> Drain for &D {
    fn drain(&self, deadline: Duration) -> Report {
        (**self).drain(deadline)
    }
}

impl<D: Drain + ?Sized> sealed::Sealed for Arc<D> {}

impl<D: Drain + ?Sized> Drain for Arc<D> {
    fn drain(&self, deadline: Duration) -> Report {
        (**self).drain(deadline)
    }
}

macro_rules! drain_tuples {
    ($($name:ident)+) => {
        impl<$($name: Drain),+> sealed::Sealed for ($($name,)+) {}

        impl<$($name: Drain),+> Drain for ($($name,)+) {
            #[expect(non_snake_case, reason = "the types' names serve for the values")]
            fn drain(&self, deadline: Duration) -> Report {
                let ($($name,)+) = self;
                let start = Instant::now();
                let report = Report::default();
                $(let report = report + $name.drain(deadline.saturating_sub(start.elapsed()));)+
                report
            }
        }
    };
}

drain_tuples!(A);
drain_tuples!(A B);
drain_tuples!(A B C);
drain_tuples!(A B C D);
drain_tuples!(A B C D E);
drain_tuples!(A B C D E F);
drain_tuples!(A B C D E F G);
drain_tuples!(A B C D E F G H);

//! Waiting awake for a short while, before a thread is put to sleep.
//!
//! Going to sleep and being woken takes tens of microseconds, on a virtual machine above all, and
//! what a thread waits for often comes sooner. But a thread that stays awake in vain takes its
//! processor from others; and one that looks too often takes the cache line that it looks at from
//! the thread that is about to write it. What is right depends on the work, so it is learnt from
//! the waits before.

use std::cell::Cell;
use std::hint;
use std::thread::{self, LocalKey};
use std::time::{Duration, Instant};

/// About what going to sleep and being woken takes: staying awake longer cannot pay.
const LONGEST: Duration = Duration::from_micros(40);

/// What is never too long: a job on a thread that is awake is done sooner.
const SHORTEST: Duration = Duration::from_micros(3);

/// After so many waits of one way, one is of the other, to find out whether that pays now.
const PROBE: u32 = 64;

/// Pauses before each look, as powers of two. Eager ones are one or two pauses, some 30 nanoseconds,
/// between which other threads are let run; calm ones take about a microsecond, or up to four.
const EAGER: u32 = 0;
const EAGER_AT_MOST: u32 = 1;
const CALM: u32 = 6;
const CALMEST: u32 = 8;

/// A calm wait has paid where so many waits after it had nothing to wait for; where twice as many
/// had, one of twice the length would have.
const PAID: u32 = 6;

/// How one place of waiting stays awake.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spin {
    patience: Duration,
    waits: u32,
    /// Waits since the last one that had something to wait for.
    at_once: u32,
}

impl Spin {
    pub(crate) const fn new() -> Self {
        Self {
            patience: LONGEST,
            waits: 0,
            at_once: 0,
        }
    }

    /// There was nothing to wait for.
    pub(crate) fn skip(&mut self) {
        self.at_once = self.at_once.saturating_add(1);
    }

    /// Looks again and again until there is something, or it does not pay to stay awake.
    pub(crate) fn wait_for<T>(&mut self, look: impl FnMut() -> Option<T>) -> Option<T> {
        let found = self.choose().look_for(look);
        self.learn(found.is_some());
        found
    }

    fn choose(&mut self) -> Way {
        // Several things that were there at once, after a wait, are what a calm wait is for: they
        // were made in peace, and are taken without looking for each.
        let pauses = match std::mem::take(&mut self.at_once) / PAID {
            0 => EAGER,
            times => (CALM + times.ilog2()).min(CALMEST),
        };
        self.waits = self.waits.wrapping_add(1);
        if self.waits.is_multiple_of(PROBE) {
            let (pauses, patience) = (pauses.max(CALM), LONGEST);
            Way { pauses, patience }
        } else {
            let patience = self.patience;
            Way { pauses, patience }
        }
    }

    fn learn(&mut self, found: bool) {
        self.patience = if found {
            LONGEST
        } else {
            (self.patience / 2).max(SHORTEST)
        };
    }
}

/// The same for a place where many threads wait: each learns for itself.
pub(crate) fn with<R>(spin: &'static LocalKey<Cell<Spin>>, wait: impl FnOnce(&mut Spin) -> R) -> R {
    // A thread that is ending may have no locals any more.
    let mut here = spin.try_with(Cell::get).unwrap_or(Spin::new());
    let result = wait(&mut here);
    let _ = spin.try_with(|spin| spin.set(here));
    result
}

/// How one wait stays awake.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    pauses: u32,
    patience: Duration,
}

impl Way {
    fn look_for<T>(&self, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        let mut pauses = 1 << self.pauses;
        let mut start = None;
        loop {
            for _ in 0..pauses {
                hint::spin_loop();
            }
            if let Some(found) = look() {
                return Some(found);
            }
            if pauses < 1 << EAGER_AT_MOST {
                pauses *= 2;
                continue;
            }
            // The clock is read, and other threads are let run, only when it has taken a while.
            let start = *start.get_or_insert_with(Instant::now);
            if start.elapsed() > self.patience {
                return None;
            }
            thread::yield_now();
        }
    }
}

#[cfg(test)]
mod tests;

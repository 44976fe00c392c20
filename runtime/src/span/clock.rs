//! The clock of worker spans: durations are monotonic, whatever happens to the wall clock.

use std::num::NonZeroU64;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// The age at which a thread reads the wall clock again.
const ANCHOR_AGE: Duration = Duration::from_secs(1);

/// A point of the monotonic clock: nanoseconds since the process first read it.
///
/// An `Option` of it takes 8 bytes, where an `Option<Instant>` takes 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Monotonic(NonZeroU64);

impl Monotonic {
    pub(crate) fn now() -> Self {
        static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        // 64 bits of nanoseconds are 584 years.
        let nanoseconds = u64::try_from(ORIGIN.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Self(NonZeroU64::new(nanoseconds).unwrap_or(NonZeroU64::MIN))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }

    /// Returns the point that is `duration` later.
    #[cfg(test)]
    pub(crate) fn after(self, duration: Duration) -> Self {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanoseconds))
    }
}

/// Converts monotonic time to the wall clock's, for the timestamps of spans.
///
/// One reading of the monotonic clock then serves as a timestamp and for a duration. The wall clock
/// itself is read once a second, so that a clock that is set is followed from then on; it is not
/// read between the start and the end of a span.
#[derive(Debug, Default)]
pub(crate) struct WallClock {
    anchor: Option<Anchor>,
}

/// Two readings at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    monotonic: Monotonic,
    wall: SystemTime,
}

impl WallClock {
    /// Returns readings that are at most a second older than `now`.
    pub(crate) fn anchor(&mut self, now: Monotonic) -> Anchor {
        match self.anchor {
            Some(anchor) if now.since(anchor.monotonic) < ANCHOR_AGE => anchor,
            _ => *self.anchor.insert(Anchor {
                monotonic: now,
                wall: SystemTime::now(),
            }),
        }
    }
}

impl Anchor {
    pub(crate) fn to_wall(self, at: Monotonic) -> SystemTime {
        self.wall + at.since(self.monotonic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_clock_is_read_once_a_second() {
        let start = Monotonic::now();
        let mut clock = WallClock::default();
        assert_eq!(clock.anchor(start).monotonic, start);
        let soon = start.after(ANCHOR_AGE.saturating_sub(Duration::from_nanos(1)));
        assert_eq!(clock.anchor(soon).monotonic, start);
        let later = start.after(ANCHOR_AGE);
        assert_eq!(clock.anchor(later).monotonic, later);
        assert_eq!(clock.anchor(later).monotonic, later);
    }

    #[test]
    fn the_time_between_two_points_is_that_of_the_wall_clock() {
        let start = Monotonic::now();
        let anchor = WallClock::default().anchor(start);
        let second = Duration::from_secs(1);
        assert_eq!(start.after(second).since(start), second);
        assert_eq!(start.since(start.after(second)), Duration::ZERO);
        let wall = anchor.to_wall(start);
        assert_eq!(anchor.to_wall(start.after(second)), wall + second);
    }
}

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
        let elapsed = ORIGIN.elapsed();
        // 64 bits of nanoseconds are 584 years. `as_nanos` has 128 bits, which take longer.
        let seconds = elapsed.as_secs().saturating_mul(1_000_000_000);
        let nanoseconds = seconds.saturating_add(u64::from(elapsed.subsec_nanos()));
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
        self.anchor_with(now, SystemTime::now)
    }

    fn anchor_with(&mut self, now: Monotonic, read: impl FnOnce() -> SystemTime) -> Anchor {
        match self.anchor {
            Some(anchor) if now.since(anchor.monotonic) < ANCHOR_AGE => anchor,
            _ => *self.anchor.insert(Anchor {
                monotonic: now,
                wall: read(),
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

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(millis: u64) -> Monotonic {
        Monotonic(NonZeroU64::new(millis * 1_000_000).expect("a time after the first"))
    }

    fn wall(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + 1000 * HOUR + Duration::from_millis(millis)
    }

    /// Checks a run of five seconds, in which the wall clock is set by what `set` does to its time.
    fn assert_run_is_not_affected(set: impl Fn(SystemTime) -> SystemTime) {
        let mut clock = WallClock::default();
        let (dispatched, started, ended) = (at(1), at(1_001), at(6_001));
        let anchor = clock.anchor_with(started, || wall(1_001));
        // The clock is set here. The span that runs keeps its anchor.
        let (start, end) = (anchor.to_wall(started), anchor.to_wall(ended));
        assert_eq!((start, end), (wall(1_001), wall(6_001)));
        assert_eq!(started.since(dispatched), Duration::from_secs(1));

        // The next span follows the clock, from its start to its end.
        let (dispatched, started, ended) = (at(2_001), at(6_002), at(6_003));
        let anchor = clock.anchor_with(started, || set(wall(6_002)));
        let (start, end) = (anchor.to_wall(started), anchor.to_wall(ended));
        assert_eq!((start, end), (set(wall(6_002)), set(wall(6_003))));
        assert_eq!(started.since(dispatched), Duration::from_millis(4_001));
    }

    #[test]
    fn a_wall_clock_that_is_set_back_affects_neither_a_run_nor_a_wait() {
        assert_run_is_not_affected(|time| time - HOUR);
    }

    #[test]
    fn a_wall_clock_that_is_set_forward_affects_neither_a_run_nor_a_wait() {
        assert_run_is_not_affected(|time| time + HOUR);
    }

    #[test]
    fn the_wall_clock_is_read_once_a_second() {
        let mut clock = WallClock::default();
        let first = clock.anchor_with(at(1), || wall(1));
        let kept = clock.anchor_with(at(1_000), || panic!("it is fresh enough"));
        assert_eq!(kept.to_wall(at(1_000)), first.to_wall(at(1_000)));
        let read = clock.anchor_with(at(1_001), || wall(1_001) - HOUR);
        assert_eq!(read.to_wall(at(1_001)), wall(1_001) - HOUR);
    }

    /// A thread may read the time of a dispatch that another one read a little later.
    #[test]
    fn a_negative_duration_is_zero() {
        assert_eq!(at(1).since(at(2)), Duration::ZERO);
        let mut clock = WallClock::default();
        let anchor = clock.anchor_with(at(2), || wall(2));
        assert_eq!(anchor.to_wall(at(1)), wall(2));
    }
}

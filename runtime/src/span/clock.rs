//! Time in eight bytes, where an `Option<Instant>` takes sixteen.

use std::num::NonZeroU64;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nanoseconds since the epoch: of the clock that spans are timed with, so that one look at it
/// serves for the start of a span and for how long its message waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticks(NonZeroU64);

impl Ticks {
    pub(crate) fn now() -> Self {
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanoseconds = elapsed.map_or(0, |elapsed| elapsed.as_nanos());
        // Enough until the year 2554.
        let nanoseconds = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
        Self(NonZeroU64::new(nanoseconds).unwrap_or(NonZeroU64::MIN))
    }

    pub(crate) fn as_system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.0.get())
    }

    /// Zero where the clock was set back in between.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }
}

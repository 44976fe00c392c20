//! Monotonic time in eight bytes, where an `Option<Instant>` takes sixteen.

use std::num::NonZeroU64;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Nanoseconds since the first look at the clock, and one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticks(NonZeroU64);

impl Ticks {
    pub(crate) fn now() -> Self {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        let start = *START;
        let nanoseconds = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX - 1);
        Self(NonZeroU64::MIN.saturating_add(nanoseconds))
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }
}

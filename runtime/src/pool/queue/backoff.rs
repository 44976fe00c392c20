//! Waits a little before a thread is put to sleep.

use std::hint;

use crate::sync::{Instant, yield_now};

/// Looks so often with pauses between that double: 63 pauses in all, one or two microseconds.
const SPINS: u32 = if cfg!(any(loom, shuttle)) { 0 } else { 6 };

/// Looks so often with other threads let run between, as rayon's idle threads do. Some twenty
/// microseconds where no other thread has something to run.
const YIELDS: u32 = if cfg!(loom) {
    0
} else if cfg!(shuttle) {
    2
} else {
    64
};

/// Looks until there is something, and keeps the processor. For one thread at a time.
pub(super) fn spin<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    (0..SPINS).find_map(|step| {
        (0..1 << step).for_each(|_| hint::spin_loop());
        look()
    })
}

/// Looks until there is something or `deadline` has passed, and leaves the processor to others
/// before each look. They may keep it for milliseconds each time.
pub(super) fn yield_until<T>(
    deadline: Option<Instant>,
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    let is_over = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    (0..YIELDS).take_while(|_| !is_over()).find_map(|_| {
        yield_now();
        look()
    })
}

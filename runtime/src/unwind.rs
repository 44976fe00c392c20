//! Calls to foreign code, whose panic must not unwind into a thread of a pool, nor past a caller that
//! has others to serve.

use std::mem;
use std::panic::{self, AssertUnwindSafe};

use crate::error::Panic;

/// Calls `code`, and returns its panic if it panics.
pub(crate) fn catch<R>(code: impl FnOnce() -> R) -> Result<R, Panic> {
    panic::catch_unwind(AssertUnwindSafe(code)).map_err(Panic::new)
}

/// Drops a value whose `Drop` may panic.
pub(crate) fn drop_caught<T>(value: T) {
    if mem::needs_drop::<T>() {
        let _ = catch(|| drop(value));
    }
}

//! The process that the threads of a queue belong to.

use std::process;

/// The process that made a queue. A forked child has none of its threads, and whatever lock another
/// thread held at the fork is never released there.
#[derive(Debug)]
pub(super) struct Owner(u32);

impl Owner {
    pub(super) fn current() -> Self {
        Self(process::id())
    }

    /// Returns `true` in a forked child. A system call: not for the fast path of a push.
    pub(super) fn is_gone(&self) -> bool {
        self.0 != process::id()
    }
}

/// Returns `true` if the calling thread polls a task of a Tokio runtime. No system call.
#[cfg(feature = "tokio")]
pub(super) fn is_in_task() -> bool {
    tokio::task::try_id().is_some()
}

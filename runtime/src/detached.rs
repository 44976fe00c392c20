//! Work on a thread that can be left behind: foreign code may take longer than a caller can wait.

use std::sync::Arc;

use crate::sync::mpsc::{self, RecvTimeoutError};
use crate::sync::{Instant, Mutex, lock, thread};

/// Work that was begun, to wait for. Dropping this leaves the work behind.
pub(crate) struct Detached {
    /// Receives nothing, and disconnects when the work has ended.
    ended: mpsc::Receiver<()>,
}

impl Detached {
    /// Returns work that has ended.
    pub(crate) fn ended() -> Self {
        Self {
            ended: mpsc::channel().1,
        }
    }

    /// Runs `work` on a thread of its own; on this one, if the operating system starts no other.
    pub(crate) fn run(name: &str, work: impl FnOnce() + Send + 'static) -> Self {
        let (ends, ended) = mpsc::channel();
        // Shared, because a failed spawn drops its closure.
        let work = Arc::new(Mutex::new(Some(work)));
        let run = {
            let work = Arc::clone(&work);
            move || {
                let work = lock(&work).take();
                if let Some(work) = work {
                    work();
                }
                drop(ends);
            }
        };
        let builder = thread::Builder::new().name(name.to_owned());
        if builder.spawn(run).is_err() {
            let work = lock(&work).take();
            if let Some(work) = work {
                work();
            }
        }
        Self { ended }
    }

    /// Waits until the work has ended; returns `false` if `deadline` passes first.
    pub(crate) fn wait_until(&self, deadline: Option<Instant>) -> bool {
        let Some(deadline) = deadline else {
            return self.ended.recv().is_err();
        };
        let left = deadline.saturating_duration_since(Instant::now());
        self.ended.recv_timeout(left) == Err(RecvTimeoutError::Disconnected)
    }
}

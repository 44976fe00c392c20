//! Holding a worker at a known point, without sleeping.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use crate::hang::HANGS;

/// The worker's end of a latch: a message carries it, and the worker calls [`hold`](Latch::hold).
#[derive(Debug)]
pub struct Latch {
    arrived: SyncSender<()>,
    release: Mutex<Receiver<()>>,
}

/// The test's end of a latch. Dropping it releases the worker.
#[derive(Debug)]
pub struct Release {
    arrived: Receiver<()>,
    release: SyncSender<()>,
}

/// Returns the two ends of a latch.
#[must_use]
pub fn latch() -> (Latch, Release) {
    let (arrived, wait) = sync_channel(1);
    let (release, held) = sync_channel(1);
    let latch = Latch {
        arrived,
        release: Mutex::new(held),
    };
    let release = Release {
        arrived: wait,
        release,
    };
    (latch, release)
}

impl Latch {
    /// Waits until the worker is released, or the release is dropped.
    pub fn hold(&self) {
        let _ = self.arrived.send(());
        let release = self.release.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = release.recv();
    }
}

impl Release {
    /// Waits until the worker is in [`Latch::hold`].
    ///
    /// # Panics
    ///
    /// If the latch is dropped before that, or the worker is not there after [`HANGS`].
    pub fn wait_until_held(&self) {
        let arrived = self.arrived.recv_timeout(HANGS);
        arrived.expect("the worker reaches the latch");
    }

    /// Releases the worker.
    pub fn release(&self) {
        let _ = self.release.send(());
    }
}

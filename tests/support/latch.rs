//! Holding a worker at a known place, without sleeping.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// Goes into a message: the worker calls [`hold`](Latch::hold).
#[derive(Debug)]
pub struct Latch {
    arrived: SyncSender<()>,
    release: Mutex<Receiver<()>>,
}

/// Stays with the test.
#[derive(Debug)]
pub struct Release {
    arrived: Receiver<()>,
    release: SyncSender<()>,
}

/// A latch and its release.
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
    /// Says that the worker is here, and waits until it is let go, or the release is dropped.
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
    /// If the latch was dropped before that.
    pub fn wait_until_held(&self) {
        self.arrived.recv().expect("the worker reaches the latch");
    }

    /// Lets the worker go.
    pub fn release(&self) {
        let _ = self.release.send(());
    }
}

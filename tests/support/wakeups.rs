//! A waker that counts how often it is called.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::hang::wait_until;

/// The state of a waker.
#[derive(Debug)]
pub struct Wakeups {
    number: AtomicUsize,
    panics: bool,
}

impl Wakeups {
    /// Returns a waker that counts.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::with(false)
    }

    /// Returns a waker that counts and then panics.
    #[must_use]
    pub fn panicking() -> Arc<Self> {
        Self::with(true)
    }

    fn with(panics: bool) -> Arc<Self> {
        Arc::new(Self {
            number: AtomicUsize::new(0),
            panics,
        })
    }

    /// Polls the future once with this waker.
    pub fn poll<F: Future + Unpin>(self: &Arc<Self>, future: &mut F) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(self));
        Pin::new(future).poll(&mut Context::from_waker(&waker))
    }

    /// Returns how often the waker was called.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number.load(Ordering::SeqCst)
    }

    /// Waits until the waker is called.
    ///
    /// # Panics
    ///
    /// If that does not happen.
    pub fn wait(&self) {
        wait_until(|| self.number() > 0);
    }
}

impl Wake for Wakeups {
    fn wake(self: Arc<Self>) {
        self.number.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "a waker that panics");
    }
}

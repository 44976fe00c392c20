//! Channels over crossbeam-channel that keep the context, for threads of one's own.
//!
//! [`Sender::send`] injects the context that is current where it is called, and the receiver gets
//! the message as [`Traced`]. There is no way to put a message in without its carrier.
//!
//! Both ends dereference to crossbeam's own, so that they can stand in
//! `crossbeam_channel::select!`.
//!
//! # Example
//!
//! ```
//! use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
//! use traced_worker::channel;
//!
//! let (sender, receiver) = channel::bounded(16);
//! let worker = std::thread::spawn(move || {
//!     for traced in receiver {
//!         traced.run(|name: String| {
//!             let tenant = Context::current().baggage().get("tenant").unwrap().to_string();
//!             assert_eq!((name.as_str(), tenant.as_str()), ("report.csv", "blue"));
//!         });
//!     }
//! });
//!
//! let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
//! let guard = context.attach();
//! sender.send("report.csv".to_owned())?;
//! drop(guard);
//!
//! drop(sender);
//! worker.join().unwrap();
//! # Ok::<(), traced_worker::channel::SendError<String>>(())
//! ```

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

pub use crate::error::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
use crate::traced::Traced;

/// A channel that holds `capacity` messages at most; [`Sender::send`] waits while it is full.
///
/// With capacity 0 every send waits for a receiver.
#[must_use]
pub fn bounded<M>(capacity: usize) -> (Sender<M>, Receiver<M>) {
    let (sender, receiver) = crossbeam_channel::bounded(capacity);
    (Sender(sender), Receiver(receiver))
}

/// A channel without a limit: [`Sender::send`] never waits.
#[must_use]
pub fn unbounded<M>() -> (Sender<M>, Receiver<M>) {
    let (sender, receiver) = crossbeam_channel::unbounded();
    (Sender(sender), Receiver(receiver))
}

/// The sending end: injects the current context into each message.
///
/// It dereferences to crossbeam's sender of [`Traced`] messages.
pub struct Sender<M>(crossbeam_channel::Sender<Traced<M>>);

impl<M> Sender<M> {
    /// Injects the current context and sends, waiting while the channel is full.
    ///
    /// # Errors
    ///
    /// Hands the message back if all receivers are gone.
    pub fn send(&self, message: M) -> Result<(), SendError<M>> {
        self.0
            .send(Traced::new(message))
            .map_err(|error| SendError(error.into_inner().into_parts().0))
    }

    /// Injects the current context and sends if there is room now.
    ///
    /// # Errors
    ///
    /// Hands the message back if the channel is full, or if all receivers are gone.
    pub fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        use crossbeam_channel::TrySendError::{Disconnected, Full};
        self.0
            .try_send(Traced::new(message))
            .map_err(|error| match error {
                Full(traced) => TrySendError::Full(traced.into_parts().0),
                Disconnected(traced) => TrySendError::Disconnected(traced.into_parts().0),
            })
    }

    /// Injects the current context and sends, waiting for room no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// Hands the message back if the channel stayed full, or if all receivers are gone.
    pub fn send_timeout(&self, message: M, timeout: Duration) -> Result<(), SendTimeoutError<M>> {
        use crossbeam_channel::SendTimeoutError::{Disconnected, Timeout};
        self.0
            .send_timeout(Traced::new(message), timeout)
            .map_err(|error| match error {
                Timeout(traced) => SendTimeoutError::Timeout(traced.into_parts().0),
                Disconnected(traced) => SendTimeoutError::Disconnected(traced.into_parts().0),
            })
    }

    /// Sends a message with the carrier it has, to pass on what came from elsewhere.
    ///
    /// # Errors
    ///
    /// Hands message and carrier back if all receivers are gone.
    pub fn send_traced(&self, traced: Traced<M>) -> Result<(), SendError<Traced<M>>> {
        self.0
            .send(traced)
            .map_err(|error| SendError(error.into_inner()))
    }
}

impl<M> Deref for Sender<M> {
    type Target = crossbeam_channel::Sender<Traced<M>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<M> Clone for Sender<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M> fmt::Debug for Sender<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender { .. }")
    }
}

/// The receiving end: gives each message with its carrier.
///
/// It dereferences to crossbeam's receiver of [`Traced`] messages.
pub struct Receiver<M>(crossbeam_channel::Receiver<Traced<M>>);

impl<M> Receiver<M> {
    /// Waits for a message.
    ///
    /// # Errors
    ///
    /// If the channel is empty and all senders are gone.
    pub fn recv(&self) -> Result<Traced<M>, RecvError> {
        self.0.recv().map_err(|_| RecvError)
    }

    /// Takes a message if there is one now.
    ///
    /// # Errors
    ///
    /// If the channel is empty; told apart from one whose senders are all gone.
    pub fn try_recv(&self) -> Result<Traced<M>, TryRecvError> {
        use crossbeam_channel::TryRecvError::{Disconnected, Empty};
        self.0.try_recv().map_err(|error| match error {
            Empty => TryRecvError::Empty,
            Disconnected => TryRecvError::Disconnected,
        })
    }

    /// Waits for a message no longer than `timeout`.
    ///
    /// # Errors
    ///
    /// If none came; told apart from a channel whose senders are all gone.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Traced<M>, RecvTimeoutError> {
        use crossbeam_channel::RecvTimeoutError::{Disconnected, Timeout};
        self.0.recv_timeout(timeout).map_err(|error| match error {
            Timeout => RecvTimeoutError::Timeout,
            Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    /// The messages, each waited for, until all senders are gone.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, M> {
        Iter(self)
    }
}

impl<M> Deref for Receiver<M> {
    type Target = crossbeam_channel::Receiver<Traced<M>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<M> Clone for Receiver<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M> fmt::Debug for Receiver<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiver { .. }")
    }
}

/// The messages of a borrowed [`Receiver`].
#[derive(Debug)]
pub struct Iter<'a, M>(&'a Receiver<M>);

impl<M> Iterator for Iter<'_, M> {
    type Item = Traced<M>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

/// The messages of an owned [`Receiver`].
#[derive(Debug)]
pub struct IntoIter<M>(Receiver<M>);

impl<M> Iterator for IntoIter<M> {
    type Item = Traced<M>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.recv().ok()
    }
}

impl<'a, M> IntoIterator for &'a Receiver<M> {
    type Item = Traced<M>;
    type IntoIter = Iter<'a, M>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<M> IntoIterator for Receiver<M> {
    type Item = Traced<M>;
    type IntoIter = IntoIter<M>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter(self)
    }
}

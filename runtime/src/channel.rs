//! Channels that keep the context, for threads that a program starts itself.
//!
//! [`Sender::send`] injects the context that is current where it is called. The receiver is
//! crossbeam's own [`Receiver`] of [`Traced`] messages, with everything that crossbeam has for it:
//! iteration, timeouts, [`select!`]. A message cannot be sent without its carrier.
//!
//! [`select!`]: crossbeam_channel::select
//!
//! # Examples
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
//!
//! A thread that waits for several channels:
//!
//! ```
//! use traced_worker::{channel, crossbeam_channel};
//!
//! let (jobs, job_receiver) = channel::unbounded();
//! let (stop, stop_receiver) = crossbeam_channel::bounded::<()>(0);
//! jobs.send(7)?;
//! crossbeam_channel::select! {
//!     recv(job_receiver) -> traced => traced.unwrap().run(|number| assert_eq!(number, 7)),
//!     recv(stop_receiver) -> _ => unreachable!("nothing was sent there"),
//! }
//! # drop(stop);
//! # Ok::<(), channel::SendError<i32>>(())
//! ```

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crossbeam_channel::Receiver;

use crate::traced::Traced;

/// Creates a channel that holds at most `capacity` messages.
///
/// With capacity 0 it holds none: each send waits for a receiver that takes the message.
///
/// # Examples
///
/// ```
/// use traced_worker::channel;
///
/// let (sender, receiver) = channel::bounded(1);
/// sender.send(7)?;
/// assert!(sender.is_full());
/// assert_eq!(*receiver.recv().unwrap().message(), 7);
/// # Ok::<(), channel::SendError<i32>>(())
/// ```
#[must_use]
pub fn bounded<M>(capacity: usize) -> (Sender<M>, Receiver<Traced<M>>) {
    let (sender, receiver) = crossbeam_channel::bounded(capacity);
    (Sender(sender), receiver)
}

/// Creates a channel without a limit.
///
/// # Examples
///
/// ```
/// use traced_worker::channel;
///
/// let (sender, receiver) = channel::unbounded();
/// for number in 0..1_000 {
///     sender.send(number)?;
/// }
/// assert_eq!(receiver.len(), 1_000);
/// # Ok::<(), channel::SendError<i32>>(())
/// ```
#[must_use]
pub fn unbounded<M>() -> (Sender<M>, Receiver<Traced<M>>) {
    let (sender, receiver) = crossbeam_channel::unbounded();
    (Sender(sender), receiver)
}

/// The sending half of a traced channel: injects the current context into each message.
///
/// Clones send into the same channel. The channel is closed once all of them are dropped.
pub struct Sender<M>(crossbeam_channel::Sender<Traced<M>>);

impl<M> Sender<M> {
    /// Injects the current context and sends the message.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the channel is full.
    ///
    /// # Errors
    ///
    /// Returns the message in a [`SendError`] if all receivers were dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::channel;
    ///
    /// let (sender, receiver) = channel::bounded(16);
    /// sender.send("report.csv")?;
    /// receiver.recv().unwrap().run(|name| assert_eq!(name, "report.csv"));
    /// # Ok::<(), channel::SendError<&str>>(())
    /// ```
    pub fn send(&self, message: M) -> Result<(), SendError<M>> {
        self.0
            .send(Traced::new(message))
            .map_err(|error| SendError(error.into_inner().into_message()))
    }

    /// Injects the current context and sends the message if the channel is not full.
    ///
    /// # Errors
    ///
    /// Returns the message in a [`TrySendError`] if the channel is full, or if all receivers were
    /// dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::channel::{self, TrySendError};
    ///
    /// let (sender, receiver) = channel::bounded(1);
    /// assert_eq!(sender.try_send(1), Ok(()));
    /// assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    /// drop(receiver);
    /// assert_eq!(sender.try_send(3), Err(TrySendError::Disconnected(3)));
    /// ```
    pub fn try_send(&self, message: M) -> Result<(), TrySendError<M>> {
        use crossbeam_channel::TrySendError::{Disconnected, Full};
        self.0
            .try_send(Traced::new(message))
            .map_err(|error| match error {
                Full(traced) => TrySendError::Full(traced.into_message()),
                Disconnected(traced) => TrySendError::Disconnected(traced.into_message()),
            })
    }

    /// Injects the current context and sends the message, waiting at most `timeout` while the
    /// channel is full.
    ///
    /// The context is injected before the wait.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the channel is full, at most for `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the message in a [`SendTimeoutError`] if the channel was full until the timeout
    /// ended, or if all receivers were dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use traced_worker::channel::{self, SendTimeoutError};
    ///
    /// let (sender, _receiver) = channel::bounded(1);
    /// sender.send(1)?;
    /// let sent = sender.send_timeout(2, Duration::from_millis(1));
    /// assert_eq!(sent, Err(SendTimeoutError::Timeout(2)));
    /// # Ok::<(), channel::SendError<i32>>(())
    /// ```
    pub fn send_timeout(&self, message: M, timeout: Duration) -> Result<(), SendTimeoutError<M>> {
        use crossbeam_channel::SendTimeoutError::{Disconnected, Timeout};
        self.0
            .send_timeout(Traced::new(message), timeout)
            .map_err(|error| match error {
                Timeout(traced) => SendTimeoutError::Timeout(traced.into_message()),
                Disconnected(traced) => SendTimeoutError::Disconnected(traced.into_message()),
            })
    }

    /// Sends a message with the carrier that it has, to pass on what came from elsewhere.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while the channel is full.
    ///
    /// # Errors
    ///
    /// Returns message and carrier in a [`SendError`] if all receivers were dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::{Carrier, Traced, channel};
    ///
    /// let header = ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    /// let (sender, receiver) = channel::bounded(16);
    /// sender.send_traced(Traced::from_parts(7, Carrier::from_headers([header])))?;
    /// assert!(receiver.recv().unwrap().carrier().is_remote());
    /// # Ok::<(), channel::SendError<Traced<i32>>>(())
    /// ```
    pub fn send_traced(&self, traced: Traced<M>) -> Result<(), SendError<Traced<M>>> {
        self.0
            .send(traced)
            .map_err(|error| SendError(error.into_inner()))
    }

    /// Returns the number of messages in the channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if no message is in the channel.
    ///
    /// A channel of capacity 0 is always empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `true` if the channel holds as many messages as it can.
    ///
    /// A channel of capacity 0 is always full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.is_full()
    }

    /// Returns the number of messages that the channel can hold; `None` without a limit.
    #[must_use]
    pub fn capacity(&self) -> Option<usize> {
        self.0.capacity()
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

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Sender<()>>();
};

const DISCONNECTED: &str = "the channel is closed: all its receivers were dropped";

/// An error returned by [`Sender::send`] and [`Sender::send_traced`]: all receivers were dropped.
///
/// It hands the message back, and its `Debug` does not show it.
///
/// [`Sender::send`]: crate::channel::Sender::send
/// [`Sender::send_traced`]: crate::channel::Sender::send_traced
///
/// # Examples
///
/// ```
/// use traced_worker::channel;
///
/// let (sender, receiver) = channel::unbounded();
/// drop(receiver);
/// let error = sender.send("report.csv").unwrap_err();
/// assert_eq!(error.into_message(), "report.csv");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<M>(pub M);

impl<M> SendError<M> {
    /// Returns the message that was not sent.
    #[must_use]
    pub fn into_message(self) -> M {
        self.0
    }
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DISCONNECTED)
    }
}

impl<M> Error for SendError<M> {}

/// An error returned by [`Sender::try_send`].
///
/// It hands the message back, and its `Debug` does not show it.
///
/// [`Sender::try_send`]: crate::channel::Sender::try_send
///
/// # Examples
///
/// ```
/// use traced_worker::channel;
///
/// let (sender, _receiver) = channel::bounded(1);
/// sender.send("first.csv")?;
/// let error = sender.try_send("second.csv").unwrap_err();
/// assert!(error.is_full() && !error.is_disconnected());
/// assert_eq!(error.into_message(), "second.csv");
/// # Ok::<(), channel::SendError<&str>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<M> {
    /// The channel is full, or has capacity 0 and no receiver waits.
    Full(M),
    /// All receivers were dropped.
    Disconnected(M),
}

impl<M> TrySendError<M> {
    /// Returns the message that was not sent.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::Disconnected(message) => message,
        }
    }

    /// Returns `true` if the channel is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Returns `true` if all receivers were dropped.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }
}

impl<M> fmt::Debug for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Disconnected(_) => "Disconnected(..)",
        })
    }
}

impl<M> fmt::Display for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the channel is full",
            Self::Disconnected(_) => DISCONNECTED,
        })
    }
}

impl<M> Error for TrySendError<M> {}

/// An error returned by [`Sender::send_timeout`].
///
/// It hands the message back, and its `Debug` does not show it.
///
/// [`Sender::send_timeout`]: crate::channel::Sender::send_timeout
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use traced_worker::channel;
///
/// let (sender, _receiver) = channel::bounded(1);
/// sender.send("first.csv")?;
/// let error = sender.send_timeout("second.csv", Duration::from_millis(1)).unwrap_err();
/// assert!(error.is_timeout() && !error.is_disconnected());
/// assert_eq!(error.into_message(), "second.csv");
/// # Ok::<(), channel::SendError<&str>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<M> {
    /// The channel was full until the timeout ended.
    Timeout(M),
    /// All receivers were dropped.
    Disconnected(M),
}

impl<M> SendTimeoutError<M> {
    /// Returns the message that was not sent.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Timeout(message) | Self::Disconnected(message) => message,
        }
    }

    /// Returns `true` if the channel was full until the timeout ended.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }

    /// Returns `true` if all receivers were dropped.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }
}

impl<M> fmt::Debug for SendTimeoutError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "Timeout(..)",
            Self::Disconnected(_) => "Disconnected(..)",
        })
    }
}

impl<M> fmt::Display for SendTimeoutError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "the channel was full until the timeout ended",
            Self::Disconnected(_) => DISCONNECTED,
        })
    }
}

impl<M> Error for SendTimeoutError<M> {}

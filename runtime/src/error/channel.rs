//! Errors of the traced channels.

use std::error::Error;
use std::fmt;

/// All receivers are gone: the message comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<M>(pub M);

impl<M> SendError<M> {
    /// The message that was not sent.
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
        f.write_str("the channel is closed: all its receivers are gone")
    }
}

impl<M> Error for SendError<M> {}

/// The message was not sent at once, and comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<M> {
    /// There is no room now.
    Full(M),
    /// All receivers are gone.
    Disconnected(M),
}

impl<M> TrySendError<M> {
    /// The message that was not sent.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::Disconnected(message) => message,
        }
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
            Self::Disconnected(_) => "the channel is closed: all its receivers are gone",
        })
    }
}

impl<M> Error for TrySendError<M> {}

/// The message was not sent in time, and comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<M> {
    /// The channel stayed full.
    Timeout(M),
    /// All receivers are gone.
    Disconnected(M),
}

impl<M> SendTimeoutError<M> {
    /// The message that was not sent.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Timeout(message) | Self::Disconnected(message) => message,
        }
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
            Self::Timeout(_) => "the channel stayed full for the whole time-out",
            Self::Disconnected(_) => "the channel is closed: all its receivers are gone",
        })
    }
}

impl<M> Error for SendTimeoutError<M> {}

/// The channel is empty and all senders are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is empty and all its senders are gone")
    }
}

impl Error for RecvError {}

/// There was no message to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// The channel is empty now.
    Empty,
    /// The channel is empty and all senders are gone.
    Disconnected,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the channel is empty",
            Self::Disconnected => "the channel is empty and all its senders are gone",
        })
    }
}

impl Error for TryRecvError {}

/// No message came in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// The channel stayed empty.
    Timeout,
    /// The channel is empty and all senders are gone.
    Disconnected,
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "the channel stayed empty for the whole time-out",
            Self::Disconnected => "the channel is empty and all its senders are gone",
        })
    }
}

impl Error for RecvTimeoutError {}

//! Errors of starting a pool.

use std::error::Error;
use std::fmt;
use std::io;

/// A pool that could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// `threads(0)`: nothing would ever run.
    NoThreads,
    /// `queue(0)`: nothing could ever wait.
    NoQueue,
    /// A thread's state could not be made: the closure of [`try_state`] returned an error, or
    /// panicked.
    ///
    /// [`try_state`]: crate::PoolBuilder::try_state
    State(Box<dyn Error + Send + Sync>),
    /// The operating system did not start a thread.
    Spawn(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThreads => f.write_str("a pool of 0 threads runs nothing: ask for 1 at least"),
            Self::NoQueue => f.write_str("a queue of 0 messages takes none: ask for 1 at least"),
            Self::State(error) => write!(f, "the worker's state could not be made: {error}"),
            Self::Spawn(_) => f.write_str("the operating system did not start a worker thread"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoThreads | Self::NoQueue => None,
            Self::State(error) => Some(&**error),
            Self::Spawn(error) => Some(error),
        }
    }
}

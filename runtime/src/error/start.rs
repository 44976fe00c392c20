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
    /// The operating system did not start a thread.
    Spawn(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThreads => f.write_str("a pool of 0 threads runs nothing: ask for 1 at least"),
            Self::NoQueue => f.write_str("a queue of 0 messages takes none: ask for 1 at least"),
            Self::Spawn(_) => f.write_str("the operating system did not start a worker thread"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoThreads | Self::NoQueue => None,
            Self::Spawn(error) => Some(error),
        }
    }
}

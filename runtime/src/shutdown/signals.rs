//! Signals: SIGTERM and SIGINT on Unix, the console's control events on Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::io;

#[cfg(unix)]
use unix as platform;
#[cfg(windows)]
use windows as platform;

use super::Shutdown;

/// The exit code of a program that a signal ended, as a shell reports it: this and the signal's
/// number.
const EXIT_BY_SIGNAL: i32 = 128;

impl Shutdown {
    /// Begins the shutdown when a signal is received: SIGTERM or SIGINT, on Windows Ctrl-C,
    /// Ctrl-Break or the closing of the console.
    ///
    /// The program goes on meanwhile: dispatches return a `Closed` error, and `main` ends with
    /// [`wait`](Self::wait). A second signal ends the program at once, with the exit code 143
    /// (SIGTERM) or 130 (SIGINT, and every event on Windows).
    ///
    /// Call it early. Until it returns, a signal ends the program, as it does without a handler; one
    /// that is received while the handler is being registered, which takes some microseconds, is
    /// lost.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system does not register a handler or start a thread. On
    /// Windows also if the process has a handler already: there can be one only.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    /// use std::time::Duration;
    /// use traced_worker::{Shutdown, traced_worker};
    ///
    /// #[traced_worker]
    /// fn process(number: u32) {
    ///     let _ = number;
    /// }
    ///
    /// fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    ///     let pool = process::pool().start()?;
    ///     let shutdown = Shutdown::builder().timeout(Duration::from_secs(10)).pool(&pool).build();
    ///     shutdown.on_signals()?;
    ///     // Dispatch until a dispatch returns `Closed`.
    ///     Ok(shutdown.wait().exit_code())
    /// }
    /// ```
    pub fn on_signals(&self) -> io::Result<&Self> {
        platform::listen(self.clone())?;
        Ok(self)
    }

    /// Returns the number of the first signal that was received, or `None`: 15 is SIGTERM, 2 is
    /// SIGINT, and every event on Windows.
    ///
    /// A program that was interrupted conventionally exits with 128 and this number.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Shutdown;
    ///
    /// let shutdown = Shutdown::builder().build();
    /// shutdown.on_signals()?;
    /// assert_eq!(shutdown.signal(), None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn signal(&self) -> Option<i32> {
        self.0.signal.get().copied()
    }

    /// Begins the shutdown on a thread of its own: this one waits for the second signal meanwhile.
    fn first_signal(&self, signal: i32) {
        // Before the pools are closed: a caller that gets a `Closed` error finds the reason.
        let _ = self.0.signal.set(signal);
        drop(self.run_async());
    }
}

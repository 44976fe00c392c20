//! SIGTERM and SIGINT.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::Shutdown;

/// What a shell says of a program that a signal has ended: this and the signal's number.
const BY_SIGNAL: i32 = 128;

impl Shutdown {
    /// From now on SIGTERM or SIGINT begins the shutdown, on a thread of its own.
    ///
    /// The program goes on meanwhile: dispatches answer [`Closed`](crate::DispatchError::Closed),
    /// and `main` ends with [`wait`](Self::wait). A second signal ends the program at once, with
    /// code 143 (SIGTERM) or 130 (SIGINT), whatever it does then.
    ///
    /// # Errors
    ///
    /// Where the operating system takes no handler, or starts no thread.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use std::process::ExitCode;
    /// use std::time::Duration;
    /// use traced_worker::{Shutdown, telemetry, traced_worker};
    ///
    /// #[traced_worker]
    /// fn process(number: u32) {
    ///     let _ = number;
    /// }
    ///
    /// fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    ///     let (telemetry, pool) = (telemetry::init()?, process::pool().start()?);
    ///
    ///     let shutdown = Shutdown::within(Duration::from_secs(10)).pool(pool).telemetry(telemetry);
    ///     let report = shutdown.build().on_signals()?.wait();
    ///     Ok(report.exit_code())
    /// }
    /// ```
    pub fn on_signals(&self) -> io::Result<&Self> {
        let is_second = Arc::new(AtomicBool::new(false));
        for signal in [SIGTERM, SIGINT] {
            // In this order: the first signal passes the first handler, and arms it for the second.
            flag::register_conditional_shutdown(
                signal,
                BY_SIGNAL + signal,
                Arc::clone(&is_second),
            )?;
            flag::register(signal, Arc::clone(&is_second))?;
        }
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        let shutdown = self.clone();
        thread::Builder::new()
            .name("shutdown-signals".into())
            .spawn(move || {
                if signals.forever().next().is_some() {
                    shutdown.run();
                }
            })?;
        Ok(self)
    }
}

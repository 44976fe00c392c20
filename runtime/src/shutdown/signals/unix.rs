//! SIGTERM and SIGINT.

use std::io;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level;

use super::{EXIT_BY_SIGNAL, Shutdown};

pub(super) fn listen(shutdown: Shutdown) -> io::Result<()> {
    // From here on no signal is lost, nor does one end the program: each is kept until the thread
    // reads it.
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new()
        .name("shutdown-signals".to_owned())
        .spawn(move || {
            let mut signals = signals.forever();
            if let Some(signal) = signals.next() {
                shutdown.first_signal(signal);
            }
            if let Some(signal) = signals.next() {
                low_level::exit(EXIT_BY_SIGNAL + signal);
            }
        })?;
    Ok(())
}

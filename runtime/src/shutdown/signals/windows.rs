//! The console's control events.

use std::io;
use std::process;

use super::{EXIT_BY_SIGNAL, Shutdown};

/// Windows' C runtime has this number, too.
const SIGINT: i32 = 2;

pub(super) fn listen(shutdown: Shutdown) -> io::Result<()> {
    let mut shutdown = Some(shutdown);
    // Called on a thread of its own, once for each event.
    let handler = move || match shutdown.take() {
        Some(shutdown) => shutdown.first_signal(SIGINT),
        None => process::exit(EXIT_BY_SIGNAL + SIGINT),
    };
    ctrlc::try_set_handler(handler).map_err(|error| match error {
        ctrlc::Error::System(error) => error,
        error => io::Error::new(io::ErrorKind::AlreadyExists, error),
    })
}

//! Stack traces of panics.
//!
//! The stack of a panic is gone once the panic is caught: only the process's panic hook sees it. So
//! a stack trace needs a hook, and a hook is set only by
//! [`PoolBuilder::panic_backtraces`](crate::PoolBuilder::panic_backtraces).

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::mem;
use std::panic;
use std::sync::OnceLock;
use std::thread;

thread_local! {
    static CAPTURE: RefCell<Capture> = const { RefCell::new(Capture::Off) };
}

enum Capture {
    /// No worker runs on this thread.
    Off,
    /// A worker runs, and has not panicked.
    On,
    Captured(String),
}

static HOOK: OnceLock<()> = OnceLock::new();

/// Sets a panic hook, once, that captures the stack of a worker's panic and then calls the hook that
/// was set before. A hook that is set later replaces it, and stack traces end.
pub(crate) fn install_panic_hook() {
    // A thread that panics cannot change the hook.
    if thread::panicking() {
        return;
    }
    HOOK.get_or_init(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // A thread whose locals are gone, or a panic inside of a capture, has no stack trace.
            let _ = CAPTURE.try_with(|capture| {
                if let Ok(mut capture) = capture.try_borrow_mut()
                    && !matches!(*capture, Capture::Off)
                {
                    *capture = Capture::Captured(Backtrace::force_capture().to_string());
                }
            });
            hook(info);
        }));
    });
}

/// Captures the stack of a panic on this thread, from here to [`take`].
pub(crate) fn start() {
    if HOOK.get().is_some() {
        replace(Capture::On);
    }
}

/// Returns the stack of the panic since [`start`], if one was captured.
pub(crate) fn take() -> Option<String> {
    HOOK.get()?;
    match replace(Capture::Off) {
        Some(Capture::Captured(stacktrace)) => Some(stacktrace),
        _ => None,
    }
}

fn replace(capture: Capture) -> Option<Capture> {
    let replaced = CAPTURE.try_with(|it| mem::replace(&mut *it.borrow_mut(), capture));
    replaced.ok()
}

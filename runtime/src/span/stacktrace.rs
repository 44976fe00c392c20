//! Stack traces for exception events, where `RUST_BACKTRACE` asks for them.
//!
//! A panic's stack is gone once it is caught: only the process's panic hook sees it. So the hook
//! is wrapped, once, when the first pool starts and stack traces are asked for; whatever hook was
//! there goes on being called. A hook set later takes the traces away and nothing else.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic;
use std::sync::OnceLock;

thread_local! {
    static WATCH: RefCell<Watch> = const { RefCell::new(Watch::Off) };
}

enum Watch {
    Off,
    On,
    Panicked(String),
}

static HOOK: OnceLock<()> = OnceLock::new();

/// The stack of this place, if stack traces are asked for.
pub(crate) fn here() -> Option<String> {
    let backtrace = Backtrace::capture();
    (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string())
}

/// Wraps the panic hook, if stack traces are asked for.
pub(crate) fn wrap_panic_hook() {
    if Backtrace::capture().status() != BacktraceStatus::Captured {
        return;
    }
    HOOK.get_or_init(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            WATCH.with_borrow_mut(|watch| {
                if !matches!(watch, Watch::Off) {
                    *watch = Watch::Panicked(Backtrace::force_capture().to_string());
                }
            });
            hook(info);
        }));
    });
}

/// From here to [`of_panic`], a panic on this thread has its stack kept.
pub(crate) fn watch() {
    if HOOK.get().is_some() {
        WATCH.set(Watch::On);
    }
}

/// The stack of the panic since [`watch`], if there was one and its stack was kept.
pub(crate) fn of_panic() -> Option<String> {
    HOOK.get()?;
    match WATCH.replace(Watch::Off) {
        Watch::Panicked(stacktrace) => Some(stacktrace),
        Watch::Off | Watch::On => None,
    }
}

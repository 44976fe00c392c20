//! A model of the sentinel context. shuttle's threads are one thread of the operating system, and
//! share OpenTelemetry's context stack: whether a context was leaked is kept for each beside it.

use std::cell::Cell;

use opentelemetry::Context;

use crate::carrier;
use crate::span::Metadata;
use crate::sync::thread_local;

thread_local! {
    /// `true` if a context was leaked above the innermost sentinel context.
    static LEAKED: Cell<bool> = const { Cell::new(false) };
}

#[derive(Debug)]
pub(crate) struct SentinelContext {
    leaked_below: bool,
}

impl SentinelContext {
    pub(crate) fn attach() -> Self {
        Self {
            leaked_below: LEAKED.with(|leaked| leaked.replace(false)),
        }
    }

    pub(crate) fn is_current() -> bool {
        LEAKED.with(|leaked| !leaked.get())
    }

    pub(crate) fn reattach(outer: &Context) {
        drop(carrier::without_live_span(outer));
    }

    pub(crate) fn warn_of_leak(_metadata: &Metadata) {}

    /// Does what a worker does that leaks a `ContextGuard`.
    pub(crate) fn leak() {
        LEAKED.with(|leaked| leaked.set(true));
    }
}

impl Drop for SentinelContext {
    fn drop(&mut self) {
        // A guard that is dropped out of order leaves what lies above it.
        let _ = LEAKED.try_with(|leaked| leaked.set(leaked.get() || self.leaked_below));
    }
}

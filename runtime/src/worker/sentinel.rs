//! Detects a worker that leaks a `ContextGuard`.

use std::mem;

use opentelemetry::{Context, ContextGuard, otel_warn};

use crate::span::Metadata;

/// The bottom of a worker thread's context stack, attached while the thread runs.
///
/// A context above it between two messages was attached by a worker that leaked the guard.
#[derive(Debug)]
pub(crate) struct SentinelContext {
    _guard: ContextGuard,
}

/// The value that only the sentinel context has.
struct Sentinel;

impl SentinelContext {
    pub(crate) fn attach() -> Self {
        Self {
            _guard: Context::new().with_value(Sentinel).attach(),
        }
    }

    /// Returns `true` if the sentinel is this thread's current context.
    pub(crate) fn is_current() -> bool {
        Context::map_current(|context| context.get::<Sentinel>().is_some())
    }

    /// Makes `outer` current for good: a context that was leaked lies above it.
    pub(crate) fn reattach(outer: Context) {
        mem::forget(outer.attach());
    }

    /// Warns, with the name of the worker that leaked.
    pub(crate) fn warn_of_leak(metadata: &Metadata) {
        otel_warn!(
            name: "Worker.LeakedContextGuard",
            worker = metadata.name(),
            function = metadata.function(),
            message = "the worker leaked a ContextGuard: its thread is replaced, later messages are not affected"
        );
    }
}

//! Detects a worker that leaks a `ContextGuard`.

use std::mem;
#[cfg(feature = "tokio")]
use std::sync::LazyLock;

use opentelemetry::{Context, ContextGuard, otel_warn};

use crate::carrier;
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

    /// Attaches the sentinel for one poll of a worker's future.
    #[cfg(feature = "tokio")]
    pub(crate) fn attach_for_poll() -> Self {
        static SENTINEL: LazyLock<Context> = LazyLock::new(|| Context::new().with_value(Sentinel));
        Self {
            _guard: SENTINEL.clone().attach(),
        }
    }

    /// Returns `true` if the sentinel is this thread's current context.
    pub(crate) fn is_current() -> bool {
        Context::map_current(|context| context.get::<Sentinel>().is_some())
    }

    /// Makes `outer` current for good: a context that was leaked lies above it. So it must not hold a
    /// span that others end.
    pub(crate) fn reattach(outer: &Context) {
        mem::forget(carrier::without_live_span(outer).attach());
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

    /// Does the same for a worker that runs on a thread of a runtime, which cannot be replaced.
    #[cfg(feature = "tokio")]
    pub(crate) fn warn_of_leak_in_task(metadata: &Metadata) {
        otel_warn!(
            name: "Worker.LeakedContextGuard",
            worker = metadata.name(),
            function = metadata.function(),
            message = "the async worker leaked a ContextGuard: the context before it is attached again, but each leak takes a place of the thread's context stack, which has 65,534"
        );
    }
}

//! Whether a worker left its thread's context as it found it.

use opentelemetry::{Context, ContextGuard, otel_warn};

use crate::span::Description;

/// The bottom of a worker thread's context stack. A context that lies above it between two
/// messages was left there by the worker's own code: a guard that it leaked.
#[derive(Debug)]
pub(crate) struct Floor {
    _guard: ContextGuard,
}

struct Marker;

impl Floor {
    pub(crate) fn lay() -> Self {
        Self {
            _guard: Context::new().with_value(Marker).attach(),
        }
    }

    /// Whether the last run left this thread's context as it found it, on its floor.
    pub(crate) fn is_clear() -> bool {
        Context::map_current(|context| context.get::<Marker>().is_some())
    }

    /// Says which worker leaked.
    pub(crate) fn warn_of_leak(description: &Description) {
        otel_warn!(
            name: "Worker.LeakedContextGuard",
            worker = description.name(),
            function = description.function(),
            message = "the worker leaked a ContextGuard: its thread is replaced, the message after it is not affected"
        );
    }
}

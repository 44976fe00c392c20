//! The `tracing` span and subscriber that are current on a thread, for another thread.

use std::{fmt, mem};

use tracing::dispatcher::{self, DefaultGuard};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Span, span};

use crate::carrier;
use crate::span::drop_tracing_span;

/// A `tracing` span, and the subscriber that was the default where it was current.
#[derive(Clone)]
pub(super) struct TracingState {
    /// `None` if there was no subscriber: one of the other thread stays the default.
    subscriber: Option<Dispatch>,
    /// A span has its own subscriber, so it is entered in the right registry.
    span: Span,
}

/// Leaves the scope when it is dropped.
pub(super) struct Entered<'a> {
    // Dropped in this order.
    _span: Option<span::Entered<'a>>,
    _subscriber: Option<DefaultGuard>,
}

impl TracingState {
    /// Returns what is current on this thread; `None` if `tracing` is not used there.
    pub(super) fn current() -> Option<Self> {
        if !dispatcher::has_been_set() {
            return None;
        }
        carrier::with_locals(|| {
            let subscriber = dispatcher::get_default(Dispatch::clone);
            let subscriber = (!subscriber.is::<NoSubscriber>()).then_some(subscriber);
            let span = Span::current();
            (subscriber.is_some() || !span.is_none()).then(|| Self { subscriber, span })
        })
        .flatten()
    }

    /// Enters the span, and makes the subscriber the default of this thread. In a destructor of a
    /// thread-local neither may be possible.
    pub(super) fn enter(&self) -> Entered<'_> {
        let subscriber = self.subscriber.as_ref();
        let subscriber = subscriber.map(dispatcher::set_default);
        let span = (!self.span.is_none())
            .then(|| carrier::with_locals(|| self.span.enter()))
            .flatten();
        Entered {
            _span: span,
            _subscriber: subscriber,
        }
    }
}

impl Drop for TracingState {
    fn drop(&mut self) {
        drop_tracing_span(mem::replace(&mut self.span, Span::none()));
    }
}

impl fmt::Debug for TracingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.span.metadata().map(tracing::Metadata::name);
        f.debug_tuple("TracingState").field(&name).finish()
    }
}

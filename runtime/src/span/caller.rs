//! The span and the subscriber of `tracing` that were current at a dispatch.

use std::cell::RefCell;
use std::sync::{Arc, Weak};
use std::{fmt, mem, ptr};

use tracing::span::Id;
use tracing::{Dispatch, Span, dispatcher};
use tracing_subscriber::Registry;

use super::tracing_span::CallSites;
use crate::carrier;
use crate::unwind;

thread_local! {
    /// The span that was captured last on this thread, as long as a message has it.
    static LAST: RefCell<Weak<Captured>> = const { RefCell::new(Weak::new()) };
}

/// The span and the subscriber of the thread that dispatches a message.
///
/// The span stays open until this is dropped. Messages that are dispatched inside one span share it:
/// each handle of a span writes to memory that the threads of all of them use.
pub(crate) struct Caller(Arc<Captured>);

struct Captured {
    span: Span,
    /// `None`: the subscriber of the worker's thread.
    subscriber: Option<Dispatch>,
}

impl Caller {
    /// Captures the current span, if `sites` have it for a parent, and the current subscriber, if
    /// `with_subscriber`. Returns `None` if there is neither.
    pub(crate) fn capture(sites: Option<&CallSites>, with_subscriber: bool) -> Option<Self> {
        let with_span = sites.is_some_and(|sites| !sites.is_detached());
        if !(with_span || with_subscriber) || !dispatcher::has_been_set() {
            return None;
        }
        carrier::with_locals(|| {
            if with_span && let Some(last) = Self::last(with_subscriber) {
                return Some(last);
            }
            let span = if with_span {
                Span::current()
            } else {
                Span::none()
            };
            let subscriber = with_subscriber.then(|| dispatcher::get_default(Dispatch::clone));
            if span.is_none() && subscriber.is_none() {
                return None;
            }
            let captured = Arc::new(Captured { span, subscriber });
            let _ = LAST.try_with(|last| last.replace(Arc::downgrade(&captured)));
            Some(Self(captured))
        })?
    }

    /// Returns what was captured last, if its span is the current one.
    fn last(with_subscriber: bool) -> Option<Self> {
        let last = LAST.try_with(|last| last.borrow().upgrade()).ok()??;
        let is_current = last.subscriber.is_some() == with_subscriber && last.is_current();
        is_current.then_some(Self(last))
    }

    pub(super) fn span(&self) -> &Span {
        &self.0.span
    }

    /// Returns another handle of the span.
    pub(super) fn clone_span(&self) -> Span {
        // A subscriber is foreign code.
        let span = unwind::catch(|| self.span().clone());
        span.unwrap_or_else(|_| Span::none())
    }

    /// Returns the subscriber that the worker shall have.
    pub(crate) fn subscriber(&self) -> Option<&Dispatch> {
        self.0.subscriber.as_ref()
    }
}

impl Captured {
    /// Returns whether the span is the current one. Its id is not used again while it is held.
    fn is_current(&self) -> bool {
        let is_current = self.span.with_subscriber(|(id, of_span)| {
            dispatcher::get_default(|subscriber| {
                is_same_registry(subscriber, of_span) && subscriber.current_span().id() == Some(id)
            })
        });
        is_current.unwrap_or(false)
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        drop_tracing_span(mem::replace(&mut self.span, Span::none()));
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("span", self.span())
            .finish_non_exhaustive()
    }
}

/// Drops `span` under its own subscriber: if this closes it, a registry releases the span's parent
/// in the current subscriber, whichever that is.
pub(crate) fn drop_tracing_span(span: Span) {
    if span.is_disabled() {
        return;
    }
    // Layers and exporters are foreign code.
    let _ = carrier::with_locals(|| {
        if id_here(&span).is_some() {
            return drop(span);
        }
        let subscriber = span.with_subscriber(|(_, subscriber)| subscriber.clone());
        if let Some(subscriber) = subscriber {
            dispatcher::with_default(&subscriber, || drop(span));
        }
    });
}

/// Returns the id of `span`, if the current subscriber knows it: each registry has a span 1.
pub(super) fn id_here(span: &Span) -> Option<Id> {
    let id = span.with_subscriber(|(id, of_span)| {
        let is_here = dispatcher::get_default(|subscriber| is_same_registry(subscriber, of_span));
        is_here.then(|| id.clone())
    });
    id?
}

fn is_same_registry(one: &Dispatch, other: &Dispatch) -> bool {
    let registry = |subscriber: &Dispatch| subscriber.downcast_ref::<Registry>().map(ptr::from_ref);
    registry(one).is_some_and(|one| registry(other) == Some(one))
}

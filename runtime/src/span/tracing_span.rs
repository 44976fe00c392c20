//! A worker span that is a span of the crate `tracing`.
//!
//! The span is made at a call site of its own, which the attribute generates. Its OpenTelemetry span
//! is that of the layer of `tracing-opentelemetry`, if there is one: no second span is started.

use std::borrow::Cow;
use std::fmt;
use std::{mem, ptr};

use opentelemetry::trace::{Link, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value, otel_warn};
use tracing::field::{self, display};
use tracing::span::Id;
use tracing::{Dispatch, Span, dispatcher};
use tracing_opentelemetry::{OpenTelemetrySpanExt as _, SetParentError};
use tracing_subscriber::Registry;

use super::attributes::RuntimeKeys;
use super::bounded_span::BoundedSpan;
use super::layer_span::LayerSpan;
use super::text::TextLimit;
use super::tracer::StartedSpan;
use crate::carrier;
use crate::unwind;

/// The most guards of entered spans that are looked for after a run.
const MAX_LEAKED: usize = 1024;

/// The call sites of a worker's span and of its events.
#[derive(Clone, Debug)]
pub struct CallSites {
    span: fn(Option<Id>) -> Span,
    error: Option<MakeEvent>,
    returned: Option<MakeEvent>,
    is_detached: bool,
}

type MakeEvent = fn(&dyn field::Value);

/// For generated code.
impl CallSites {
    /// Returns call sites whose `span` makes a span under a parent of the current subscriber.
    #[must_use]
    pub const fn new(span: fn(Option<Id>) -> Span) -> Self {
        Self {
            span,
            error: None,
            returned: None,
            is_detached: false,
        }
    }

    /// Adds the event of an error.
    #[must_use]
    pub const fn with_error(mut self, event: MakeEvent) -> Self {
        self.error = Some(event);
        self
    }

    /// Adds the event of a returned value.
    #[must_use]
    pub const fn with_return(mut self, event: MakeEvent) -> Self {
        self.returned = Some(event);
        self
    }

    /// Makes the span a root, which does not keep its caller's span open.
    #[must_use]
    pub const fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }
}

/// The span and the subscriber of the thread that dispatches a message.
///
/// The span stays open until this is dropped.
pub(crate) struct Caller(Box<CapturedCaller>);

struct CapturedCaller {
    span: Span,
    /// `None`: the subscriber of the worker's thread.
    subscriber: Option<Dispatch>,
}

impl Caller {
    /// Captures the current span, if `sites` have it for a parent, and the current subscriber, if
    /// `with_subscriber`. Returns `None` if there is neither.
    pub(crate) fn capture(sites: Option<&CallSites>, with_subscriber: bool) -> Option<Self> {
        let with_span = sites.is_some_and(|sites| !sites.is_detached);
        if !(with_span || with_subscriber) || !dispatcher::has_been_set() {
            return None;
        }
        carrier::with_locals(|| {
            let span = if with_span {
                Span::current()
            } else {
                Span::none()
            };
            let subscriber = with_subscriber.then(|| dispatcher::get_default(Dispatch::clone));
            let is_empty = span.is_none() && subscriber.is_none();
            (!is_empty).then(|| Self(Box::new(CapturedCaller { span, subscriber })))
        })?
    }

    fn take_span(&mut self) -> Span {
        mem::replace(&mut self.0.span, Span::none())
    }

    /// Takes the subscriber that the worker shall have.
    pub(crate) fn take_subscriber(&mut self) -> Option<Dispatch> {
        self.0.subscriber.take()
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        drop_tracing_span(self.take_span());
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("span", &self.0.span)
            .finish_non_exhaustive()
    }
}

/// The part of the current state of `tracing` that is a message's: its subscriber and its span.
///
/// In a box, because most runs have none, and a run is moved.
#[derive(Debug)]
pub(crate) struct TracingScope(Box<Scope>);

#[derive(Debug)]
struct Scope {
    /// The caller's; `None` for that of the thread.
    subscriber: Option<Dispatch>,
    /// The worker span, or the caller's where a filter disables the worker span.
    span: Span,
    /// Those of the worker span; `None` if it is no span of `tracing`, or is disabled.
    sites: Option<&'static CallSites>,
    /// A layer has an OpenTelemetry span for the worker span.
    has_layer: bool,
}

impl TracingScope {
    /// Returns the scope of a worker whose span is no span of `tracing`.
    pub(crate) fn of_subscriber(subscriber: Dispatch) -> Self {
        Self(Box::new(Scope {
            subscriber: Some(subscriber),
            span: Span::none(),
            sites: None,
            has_layer: false,
        }))
    }

    /// Starts a worker span under `parent`, the context of its dispatch. Returns its OpenTelemetry
    /// span, too, with `attributes` that its layer does not set. There is no scope if no subscriber
    /// is interested.
    pub(crate) fn start(
        sites: &'static CallSites,
        caller: Option<Caller>,
        parent: &Context,
        links: Vec<Link>,
        attributes: &dyn Fn() -> Vec<KeyValue>,
    ) -> (StartedSpan<'static>, Option<Self>) {
        let (span, subscriber) = caller.map_or_else(
            || (Span::none(), None),
            |mut caller| (caller.take_span(), caller.take_subscriber()),
        );
        let start = || Self::start_here(sites, span, parent, links, attributes);
        let (started, mut scope) = match &subscriber {
            None => start(),
            Some(subscriber) => dispatcher::with_default(subscriber, start),
        };
        scope.subscriber = subscriber;
        let is_empty = scope.subscriber.is_none() && scope.span.is_disabled();
        (started, (!is_empty).then(|| Self(Box::new(scope))))
    }

    fn start_here(
        sites: &'static CallSites,
        caller: Span,
        parent: &Context,
        links: Vec<Link>,
        attributes: &dyn Fn() -> Vec<KeyValue>,
    ) -> (StartedSpan<'static>, Scope) {
        let id = id_here(&caller);
        let is_parent = id.is_some();
        // Layers are foreign code.
        let span = unwind::catch(|| (sites.span)(id));
        let span = span.unwrap_or_else(|_| Span::none());
        let not_recording = || StartedSpan::NonRecording(Cow::Owned(parent.clone()));
        if span.is_disabled() {
            let scope = Scope {
                subscriber: None,
                span: caller,
                sites: None,
                has_layer: false,
            };
            return (not_recording(), scope);
        }
        // The worker span, if it is a child, keeps it open.
        if is_parent {
            unwind::drop_caught(caller);
        } else {
            drop_tracing_span(caller);
        }
        let context = unwind::catch(|| start_in_layer(&span, parent, links));
        let context = context.ok().flatten();
        let started = match &context {
            None => not_recording(),
            Some(context) if context.span().is_recording() => {
                let _ = unwind::catch(|| context.span().set_attributes(attributes()));
                let layer_span = LayerSpan::new(context.clone());
                let span = BoundedSpan::new(layer_span, RuntimeKeys::ALL, TextLimit::of_process());
                StartedSpan::Recording(context.with_span(span))
            }
            Some(context) => StartedSpan::NonRecording(Cow::Owned(context.clone())),
        };
        let scope = Scope {
            subscriber: None,
            span,
            sites: Some(sites),
            has_layer: context.is_some(),
        };
        (started, scope)
    }

    /// Returns whether the worker span is a span of `tracing` that is enabled.
    pub(crate) fn is_enabled(&self) -> bool {
        self.0.sites.is_some()
    }

    /// Calls `work` inside of the span, under the subscriber.
    pub(crate) fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.0.subscriber {
            Some(subscriber) => dispatcher::with_default(subscriber, || self.within_span(work)),
            None => self.within_span(work),
        }
    }

    fn within_span<R>(&self, work: impl FnOnce() -> R) -> R {
        // Layers are foreign code.
        let entered = unwind::catch(|| self.0.span.enter());
        let current = current_id();
        let result = work();
        let _ = unwind::catch(|| exit_leaked(current.as_ref()));
        unwind::drop_caught(entered);
        result
    }

    /// Records a field of the worker span.
    pub(crate) fn record(&self, key: &'static str, value: &Value, is_formatted: bool) {
        let _ = unwind::catch(|| {
            with_field_value(value, is_formatted, |value| {
                self.0.span.record(key, value);
            });
        });
    }

    /// Makes the event of a returned value.
    pub(crate) fn record_return(&self, value: &Value) {
        if let Some(event) = self.0.sites.and_then(|sites| sites.returned) {
            let _ = unwind::catch(|| with_field_value(value, true, event));
        }
    }

    /// Makes the event of an error. Returns whether the OpenTelemetry span gets that event.
    pub(crate) fn record_error(&self, text: &str) -> bool {
        let Some(event) = self.0.sites.and_then(|sites| sites.error) else {
            return false;
        };
        let _ = unwind::catch(|| event(&display(&cut(text))));
        self.0.has_layer
    }
}

/// Returns the id of the span that is entered on this thread.
fn current_id() -> Option<Id> {
    dispatcher::get_default(|subscriber| subscriber.current_span().id().cloned())
}

/// Exits the spans that a worker entered inside of `outer`, and whose guards it leaked.
fn exit_leaked(outer: Option<&Id>) {
    let mut leaked = 0;
    while let Some(id) = current_id()
        && Some(&id) != outer
        && leaked < MAX_LEAKED
    {
        dispatcher::get_default(|subscriber| subscriber.exit(&id));
        leaked += 1;
    }
    if leaked > 0 {
        otel_warn!(
            name: "Worker.LeakedEnteredSpan",
            leaked = leaked,
            message = "the worker leaked the guards of entered spans: they were exited, later messages are not affected"
        );
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        drop_tracing_span(mem::replace(&mut self.span, Span::none()));
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
fn id_here(span: &Span) -> Option<Id> {
    let registry = |dispatch: &Dispatch| dispatch.downcast_ref::<Registry>().map(ptr::from_ref);
    let of_span = span.with_subscriber(|(id, dispatch)| (id.clone(), registry(dispatch)));
    let (id, of_span) = of_span?;
    let is_here = of_span.is_some() && of_span == dispatcher::get_default(registry);
    is_here.then_some(id)
}

/// Starts the OpenTelemetry span that a layer has for `span`, and returns its context.
fn start_in_layer(span: &Span, parent: &Context, links: Vec<Link>) -> Option<Context> {
    match span.set_parent(parent.clone()) {
        Ok(()) => {}
        Err(SetParentError::LayerNotFound | SetParentError::SpanDisabled) => return None,
        Err(SetParentError::AlreadyStarted) => {
            otel_warn!(
                name: "Worker.ParentNotSet",
                message = "another layer starts the OpenTelemetry span as soon as the span is made: \
                           put it behind that of tracing-opentelemetry, or the worker span is no \
                           child of its dispatch span"
            );
        }
    }
    for link in links {
        span.add_link_with_attributes(link.span_context, link.attributes);
    }
    let context = span.context();
    // A filter may keep the span from the layer.
    let is_valid = context.span().span_context().is_valid();
    is_valid.then_some(context)
}

/// Calls `record` with a value of OpenTelemetry's as one of `tracing`'s.
fn with_field_value(value: &Value, is_formatted: bool, record: impl FnOnce(&dyn field::Value)) {
    match value {
        Value::Bool(value) => record(value),
        Value::I64(value) => record(value),
        Value::F64(value) => record(value),
        Value::String(text) if is_formatted => record(&display(&cut(text.as_str()))),
        Value::String(text) => record(&&*cut(text.as_str())),
        value => record(&display(&cut(&value.as_str()))),
    }
}

fn cut(text: &str) -> Cow<'_, str> {
    match TextLimit::of_process().cut(text) {
        Some(cut) => Cow::Owned(cut),
        None => Cow::Borrowed(text),
    }
}

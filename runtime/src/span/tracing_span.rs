//! A worker span that is a span of the crate `tracing`.
//!
//! The span is made at a call site of its own, which the attribute generates. Its OpenTelemetry span
//! is that of the layer of `tracing-opentelemetry`, if there is one: no second span is started.

use std::borrow::Cow;
use std::mem;

use opentelemetry::trace::{Link, SpanId, TraceContextExt as _};
use opentelemetry::{Context, Value, otel_warn};
use tracing::dispatcher::DefaultGuard;
use tracing::field::{self, display};
use tracing::span::Id;
use tracing::{Dispatch, Span, Subscriber as _, dispatcher};
use tracing_opentelemetry::{OpenTelemetrySpanExt as _, SetParentError};
use tracing_subscriber::Registry;

use super::attributes::{LayerAttributes, RuntimeKeys};
use super::bounded_span::BoundedSpan;
use super::caller::{Caller, drop_tracing_span, id_here};
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
    span: fn() -> Span,
    span_under: fn(Option<Id>) -> Span,
    error: Option<MakeEvent>,
    returned: Option<MakeEvent>,
    is_detached: bool,
}

type MakeEvent = fn(&dyn field::Value);

/// For generated code.
impl CallSites {
    /// Returns call sites whose `span` makes a span under the current one, and whose `span_under` makes
    /// it under this parent of the current subscriber.
    #[must_use]
    pub const fn new(span: fn() -> Span, span_under: fn(Option<Id>) -> Span) -> Self {
        Self {
            span,
            span_under,
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

impl CallSites {
    pub(super) fn is_detached(&self) -> bool {
        self.is_detached
    }
}

/// The inputs of a worker span that is a span of `tracing`.
pub(crate) struct TracingStart<'a> {
    pub(crate) sites: &'static CallSites,
    pub(crate) caller: Option<Caller>,
    /// The context of the dispatch.
    pub(crate) parent: Cow<'a, Context>,
    pub(crate) links: Vec<Link>,
    pub(crate) attributes: LayerAttributes,
}

/// The part of the current state of `tracing` that is a message's: its subscriber and its span.
#[derive(Debug)]
pub(crate) struct TracingScope {
    /// The caller's; `None` for that of the thread.
    subscriber: Option<Dispatch>,
    /// The worker span, or the caller's where a filter disables the worker span.
    span: Span,
    /// Those of the worker span; `None` if it is no span of `tracing`, or is disabled.
    sites: Option<&'static CallSites>,
}

impl TracingScope {
    /// Returns the scope of a worker whose span is no span of `tracing`.
    pub(crate) fn of_subscriber(subscriber: &Dispatch) -> Self {
        Self {
            subscriber: Some(subscriber.clone()),
            span: Span::none(),
            sites: None,
        }
    }

    /// Starts a worker span, calls `work` inside of it, with its OpenTelemetry span, and closes it.
    pub(crate) fn run<'a, R>(
        start: TracingStart<'a>,
        work: impl FnOnce(StartedSpan<'a>, &Self) -> R,
    ) -> R {
        let TracingStart { sites, parent, .. } = start;
        let _guard = enter_subscriber(start.caller.as_ref());
        let scope = Self::make(sites, start.caller, &parent, start.links);
        let outer = carrier::attached_span_id();
        let result = scope.within_span(|| {
            let context = scope.activated_context(outer);
            let context = context.or_else(|| scope.start_in_layer(&parent));
            work(started_span(context, parent, &start.attributes), &scope)
        });
        scope.close();
        result
    }

    /// Starts a worker span whose function is called [`within`](Self::within) it. Returns its
    /// OpenTelemetry span, too. There is no scope if no subscriber is interested.
    pub(crate) fn start(start: TracingStart<'_>) -> (StartedSpan<'_>, Option<Self>) {
        let TracingStart { sites, parent, .. } = start;
        let _guard = enter_subscriber(start.caller.as_ref());
        let subscriber = start.caller.as_ref().and_then(Caller::subscriber).cloned();
        let mut scope = Self::make(sites, start.caller, &parent, start.links);
        scope.subscriber = subscriber;
        let started = started_span(scope.start_in_layer(&parent), parent, &start.attributes);
        let is_empty = scope.subscriber.is_none() && scope.span.is_disabled();
        (started, (!is_empty).then_some(scope))
    }

    /// Makes the worker span. Its OpenTelemetry span is started later.
    fn make(
        sites: &'static CallSites,
        caller: Option<Caller>,
        parent: &Context,
        links: Vec<Link>,
    ) -> Self {
        let id = caller.as_ref().and_then(|caller| id_here(caller.span()));
        let span = if parent.has_active_span() {
            make_in_context(id.as_ref(), parent, sites.span)
        } else {
            // There may be a layer of another version of OpenTelemetry, which knows the parent by its id.
            unwind::catch(|| (sites.span_under)(id)).unwrap_or_else(|_| Span::none())
        };
        if span.is_disabled() {
            return Self {
                subscriber: None,
                span: caller.map_or_else(Span::none, |caller| caller.clone_span()),
                sites: None,
            };
        }
        for link in links {
            let add = || span.add_link_with_attributes(link.span_context, link.attributes);
            let _ = unwind::catch(add);
        }
        // The worker span, if it is a child, keeps the caller's open.
        Self {
            subscriber: None,
            span,
            sites: Some(sites),
        }
    }

    /// Returns the context of the worker span, if a layer with context activation has attached it in
    /// place of the one of the span `outer`. The layer has started the span then, under the context
    /// that was current when the span was made.
    fn activated_context(&self, outer: SpanId) -> Option<Context> {
        if !self.is_enabled() {
            return None;
        }
        let context = carrier::attached();
        let span_id = context.span().span_context().span_id();
        (span_id != SpanId::INVALID && span_id != outer).then_some(context)
    }

    /// Starts the OpenTelemetry span that a layer has for the worker span, if it has one, under `parent`.
    fn start_in_layer(&self, parent: &Context) -> Option<Context> {
        if !self.is_enabled() {
            return None;
        }
        // Layers are foreign code.
        let context = unwind::catch(|| start_in_layer(&self.span, parent));
        context.ok().flatten()
    }

    /// Returns whether the worker span is a span of `tracing` that is enabled.
    pub(crate) fn is_enabled(&self) -> bool {
        self.sites.is_some()
    }

    /// Calls `work` inside of the span, under the subscriber.
    pub(crate) fn within<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.subscriber {
            Some(subscriber) => dispatcher::with_default(subscriber, || self.within_span(work)),
            None => self.within_span(work),
        }
    }

    fn within_span<R>(&self, work: impl FnOnce() -> R) -> R {
        // Layers are foreign code.
        let entered = unwind::catch(|| self.span.enter());
        let current = match &entered {
            Ok(_) if self.is_enabled() => self.span.id(),
            _ => current_id(),
        };
        let result = work();
        let _ = unwind::catch(|| exit_leaked(current.as_ref()));
        unwind::drop_caught(entered);
        result
    }

    /// Closes the span, under the subscriber that it was made in.
    fn close(mut self) {
        if self.is_enabled() {
            unwind::drop_caught(mem::replace(&mut self.span, Span::none()));
        }
    }

    /// Records a field of the worker span.
    pub(crate) fn record(&self, key: &'static str, value: &Value, is_formatted: bool) {
        let _ = unwind::catch(|| {
            with_field_value(value, is_formatted, |value| {
                self.span.record(key, value);
            });
        });
    }

    /// Makes the event of a returned value.
    pub(crate) fn record_return(&self, value: &Value) {
        if let Some(event) = self.sites.and_then(|sites| sites.returned) {
            let _ = unwind::catch(|| with_field_value(value, true, event));
        }
    }

    /// Makes the event of an error, which the layer records on the OpenTelemetry span. Returns whether
    /// there is one.
    pub(crate) fn record_error(&self, text: &str) -> bool {
        let Some(event) = self.sites.and_then(|sites| sites.error) else {
            return false;
        };
        let _ = unwind::catch(|| event(&display(&cut(text))));
        true
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

impl Drop for TracingScope {
    fn drop(&mut self) {
        drop_tracing_span(mem::replace(&mut self.span, Span::none()));
    }
}

/// Calls `make` while `parent` is the current span of this thread, and `context` its current context.
///
/// The parent is entered in the registry alone, so that no layer sees it: its end does not move. A layer
/// with context activation takes `context` for the parent of what is made, and does not lock the parent,
/// which other threads use as well.
fn make_in_context(parent: Option<&Id>, context: &Context, make: fn() -> Span) -> Span {
    let _guard = carrier::attach(context.clone());
    let outer = exit_all();
    if let Some(parent) = parent {
        enter_in_registry(parent);
    }
    // Layers are foreign code.
    let made = unwind::catch(make);
    if let Some(parent) = parent {
        exit_in_registry(parent);
    }
    outer.iter().rev().for_each(enter_in_registry);
    made.unwrap_or_else(|_| Span::none())
}

/// Exits the spans that are entered on this thread. There are some if a worker is run inside of another.
fn exit_all() -> Vec<Id> {
    let mut exited = Vec::new();
    while let Some(id) = current_id()
        && exited.len() < MAX_LEAKED
    {
        exit_in_registry(&id);
        exited.push(id);
    }
    exited
}

/// Enters a span of the current subscriber, in its registry alone if it has one.
fn enter_in_registry(id: &Id) {
    dispatcher::get_default(|subscriber| match subscriber.downcast_ref::<Registry>() {
        Some(registry) => registry.enter(id),
        None => subscriber.enter(id),
    });
}

/// Exits a span as [`enter_in_registry`] enters it.
fn exit_in_registry(id: &Id) {
    dispatcher::get_default(|subscriber| match subscriber.downcast_ref::<Registry>() {
        Some(registry) => registry.exit(id),
        None => subscriber.exit(id),
    });
}

/// Starts the OpenTelemetry span that a layer has for `span`, and returns its context.
fn start_in_layer(span: &Span, parent: &Context) -> Option<Context> {
    let is_late = match span.set_parent(parent.clone()) {
        Ok(()) => false,
        Err(SetParentError::AlreadyStarted) => true,
        Err(SetParentError::LayerNotFound | SetParentError::SpanDisabled) => return None,
    };
    let context = span.context();
    // A filter may keep the span from the layer.
    if !context.span().span_context().is_valid() {
        return None;
    }
    if is_late {
        otel_warn!(
            name: "Worker.ParentNotSet",
            message = "another layer starts the OpenTelemetry span as soon as the span is made: \
                       put it behind that of tracing-opentelemetry, or the worker span is no \
                       child of its dispatch span"
        );
    }
    Some(context)
}

/// Returns the OpenTelemetry span of `context`, which a layer has started, with `attributes`.
fn started_span<'a>(
    context: Option<Context>,
    parent: Cow<'a, Context>,
    attributes: &LayerAttributes,
) -> StartedSpan<'a> {
    match context {
        None => StartedSpan::NonRecording(parent),
        Some(context) if context.span().is_recording() => {
            let _ = unwind::catch(|| attributes.set_on(&context.span()));
            let layer_span = LayerSpan::new(context.clone());
            let span = BoundedSpan::new(layer_span, RuntimeKeys::ALL, TextLimit::of_process());
            StartedSpan::Recording(context.with_span(span))
        }
        Some(context) => StartedSpan::NonRecording(Cow::Owned(context)),
    }
}

/// Makes the caller's subscriber the one of this thread, if the worker shall have it.
fn enter_subscriber(caller: Option<&Caller>) -> Option<DefaultGuard> {
    let subscriber = caller.and_then(Caller::subscriber);
    subscriber.map(dispatcher::set_default)
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

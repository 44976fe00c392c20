//! The serialized context that travels in a message.

mod baggage;
mod context;
mod custom;
mod environment;
mod headers;
mod rejected;
#[cfg(feature = "serde")]
pub(crate) mod serde;
mod traceparent;
mod tracestate;
#[cfg_attr(not(feature = "tracing"), path = "carrier/no_tracing_span.rs")]
mod tracing_span;

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

#[cfg(feature = "tokio")]
pub(crate) use context::try_attached;
pub(crate) use context::{
    ContextCache, attach, attach_innermost, attach_of_entered, current, without_live_span,
};
#[cfg(feature = "tracing")]
pub(crate) use context::{attached, attached_span_id, with_locals};
use custom::CustomField;
pub use headers::{Headers, HeadersIter};
pub use rejected::RejectedFields;
use tracing_span::Inner;
#[cfg(feature = "tokio")]
pub(crate) use tracing_span::inside_current;

/// A serialized OpenTelemetry context: what a message carries from the thread that dispatches it
/// to the thread that works on it.
///
/// It holds what W3C Trace Context and W3C Baggage can carry (trace id, span id, flags,
/// tracestate, baggage) and the fields of a custom global propagator. It never holds the span
/// itself: the dispatch span ends when its owner ends it, however long the message waits.
///
/// A carrier is 40 bytes. Injecting allocates nothing without a tracestate, baggage and custom
/// fields; extracting allocates what [`Context`] itself needs.
///
/// # Examples
///
/// From one thread to another:
///
/// ```
/// use opentelemetry::Context;
/// use opentelemetry::trace::{
///     SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState,
/// };
/// use traced_worker::Carrier;
///
/// let span_context = SpanContext::new(
///     TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
///     SpanId::from(0x00f0_67aa_0ba9_02b7),
///     TraceFlags::SAMPLED,
///     false,
///     TraceState::NONE,
/// );
/// let carrier = Carrier::inject(&Context::new().with_remote_span_context(span_context.clone()));
///
/// // On any other thread:
/// let context = carrier.extract();
/// assert_eq!(context.span().span_context(), &span_context);
/// ```
///
/// From one process to another, in header fields:
///
/// ```
/// use std::collections::HashMap;
/// use traced_worker::Carrier;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let received = Carrier::from_headers([("traceparent", text)]);
/// let sent: HashMap<String, String> = received.headers().into_iter().collect();
/// assert_eq!(sent["traceparent"], text);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Carrier {
    // Words, not bytes: they stay in registers on their way from one context to the other.
    trace_id: [u64; 2],
    span_id: u64,
    flags: u8,
    remote: bool,
    suppressed: bool,
    /// Behind a box, so that the carrier of most contexts stays small and is copied without an
    /// allocation. Never empty, so that equal carriers have equal fields.
    optional: Option<Box<OptionalFields>>,
}

/// The fields that most contexts do not have, each as the text of its header field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct OptionalFields {
    /// Checked, without white space around its members; never empty.
    trace_state: Option<Box<str>>,
    /// Checked, without white space around its members; never empty.
    baggage: Option<Box<str>>,
    /// The fields of a custom global propagator.
    custom: Vec<CustomField>,
}

impl OptionalFields {
    fn is_empty(&self) -> bool {
        self.trace_state.is_none() && self.baggage.is_none() && self.custom.is_empty()
    }
}

impl Carrier {
    /// Creates an empty carrier: no span, no baggage, no custom field.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// assert!(Carrier::new().is_empty());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            trace_id: [0; 2],
            span_id: 0,
            flags: 0,
            remote: false,
            suppressed: false,
            optional: None,
        }
    }

    /// Injects the context that is current on this thread.
    ///
    /// With the feature `tracing`, that is the context of the current `tracing` span if
    /// OpenTelemetry's current context has no span, as with tracing-opentelemetry's
    /// `with_context_activation(false)`. If a filter keeps the current `tracing` span from
    /// tracing-opentelemetry, it is that of the nearest ancestor that has one. A span that was not
    /// started is started by this: a parent cannot be set on it any more. A sampler, or a processor in
    /// its `on_start`, must [inject](Self::inject) the context that it is given instead: the `tracing`
    /// span is locked there.
    ///
    /// In a destructor of a thread-local there may be none any more: the carrier is empty then.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::Carrier;
    ///
    /// let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    /// let _guard = context.attach();
    ///
    /// let carrier = Carrier::current();
    /// assert_eq!(carrier.extract().baggage().get("tenant").unwrap().as_str(), "blue");
    /// ```
    #[must_use]
    pub fn current() -> Self {
        // Only plain data is read while the thread's context is borrowed: foreign code (a
        // propagator, a log subscriber) runs on a clone, outside the borrow.
        let current = context::map_current(|context| {
            (
                Self::of_span(context),
                context::has_optional(context),
                Inner::of(context),
            )
        });
        let Some((mut carrier, has_more, inner)) = current else {
            return Self::new();
        };
        if let Some(context) = context::of_tracing_span(inner) {
            return Self::inject(&context);
        }
        if has_more || custom::is_set() {
            carrier.inject_optional(&Context::current());
        }
        carrier
    }

    /// Injects `context`.
    ///
    /// Members of a tracestate that W3C Trace Context cannot carry are left out, and members of
    /// baggage over 64 members or 8192 bytes (W3C Baggage, section 3.3.2). They are counted by
    /// reason in [`rejected_fields`](Self::rejected_fields), and a warning is logged once.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::{Context, KeyValue, baggage::BaggageExt};
    /// use traced_worker::Carrier;
    ///
    /// let context = Context::new().with_baggage([KeyValue::new("tenant", "light blue")]);
    /// let carrier = Carrier::inject(&context);
    /// assert_eq!(carrier.headers().get("baggage"), Some("tenant=light%20blue"));
    /// ```
    #[must_use]
    pub fn inject(context: &Context) -> Self {
        let mut carrier = Self::of_span(context);
        if context::has_optional(context) || custom::is_set() {
            carrier.inject_optional(context);
        }
        carrier
    }

    /// Returns the context that was injected, to attach or to start a span under.
    ///
    /// It is made from an empty context, and has nothing of the thread that extracts it.
    /// `is_remote` is preserved: a context injected and extracted in one process stays local.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use opentelemetry::trace::TraceContextExt;
    /// use traced_worker::Carrier;
    ///
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let carrier = Carrier::from_headers([("traceparent", text)]);
    /// let _guard = carrier.extract().attach();
    /// assert_eq!(Context::current().span().span_context().span_id(), carrier.span_id());
    /// ```
    #[must_use]
    pub fn extract(&self) -> Context {
        if self.suppressed || self.is_random() || self.optional.is_some() {
            self.extract_optional()
        } else {
            self.extract_span()
        }
    }

    /// Runs `work` while the carrier's context is current on this thread.
    ///
    /// The context is detached after it, on a panic too. No span is started.
    ///
    /// It is also the way to run a closure under a context of one's own: inject that, and run the
    /// closure. [`BoundContext::run`](crate::BoundContext::run) runs a closure under the context of
    /// another thread, where the `tracing` span is current as well.
    ///
    /// # Examples
    ///
    /// A message that travels by other means than a pool or a [channel](crate::channel):
    ///
    /// ```
    /// use opentelemetry::{Context, trace::TraceContextExt};
    /// use traced_worker::Carrier;
    ///
    /// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    /// let carrier = Carrier::from_headers([("traceparent", text)]);
    /// let span_id = carrier.run(|| Context::current().span().span_context().span_id());
    /// assert_eq!(span_id, carrier.span_id());
    /// assert!(!Context::current().has_active_span());
    /// ```
    ///
    /// A child process, started with [`apply_to`](Self::apply_to), which goes on with the trace:
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// // In `main`, after the provider was installed:
    /// Carrier::from_env().run(|| {
    ///     // Spans that are started here are children of the parent process's span.
    /// });
    /// ```
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _guard = attach_innermost(self.extract());
        work()
    }

    /// Returns the trace id; [`TraceId::INVALID`] without a span.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from(u128::from(self.trace_id[0]) << 64 | u128::from(self.trace_id[1]))
    }

    /// Returns the span id; [`SpanId::INVALID`] without a span.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        SpanId::from(self.span_id)
    }

    /// Returns the trace flags that W3C Trace Context level 2 defines: sampled and random.
    ///
    /// All others are zero (section 3.2.2.5.3).
    #[must_use]
    pub fn trace_flags(&self) -> TraceFlags {
        TraceFlags::new(self.flags)
    }

    /// Returns `true` if the sampled flag is set.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.trace_flags().is_sampled()
    }

    /// Returns `true` if the span context came from another process.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.remote
    }

    /// Returns `true` if there is a valid span context: no id is all zero.
    #[must_use]
    pub fn has_span(&self) -> bool {
        self.trace_id != [0; 2] && self.span_id != 0
    }

    /// Returns `true` if the carrier holds no span, no baggage, no custom field, and telemetry is
    /// not suppressed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_span() && !self.suppressed && self.optional.is_none()
    }

    /// Returns how many fields and members were rejected in this process so far, by reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// let before = Carrier::rejected_fields().malformed_traceparent;
    /// assert!(Carrier::from_headers([("traceparent", "00-4bf9")]).is_empty());
    /// assert_eq!(Carrier::rejected_fields().malformed_traceparent, before + 1);
    /// ```
    #[must_use]
    pub fn rejected_fields() -> RejectedFields {
        rejected::read()
    }

    fn set_span(&mut self, trace_id: u128, span_id: u64, flags: u8, remote: bool) {
        #[expect(clippy::cast_possible_truncation, reason = "the halves of the id")]
        let halves = [(trace_id >> 64) as u64, trace_id as u64];
        self.trace_id = halves;
        self.span_id = span_id;
        self.flags = flags;
        self.remote = remote;
    }

    fn set_optional(&mut self, fields: OptionalFields) {
        self.optional = (!fields.is_empty()).then(|| Box::new(fields));
    }

    fn is_random(&self) -> bool {
        self.flags & traceparent::RANDOM != 0
    }
}

/// Shows the header fields, and `remote` and `suppressed` if they are set.
impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier ")?;
        let marks = [("remote", self.remote), ("suppressed", self.suppressed)];
        let marks = marks.into_iter().filter(|(_, is_set)| *is_set);
        f.debug_map()
            .entries(&self.headers())
            .entries(marks)
            .finish()
    }
}

const _: () = assert!(size_of::<Carrier>() <= 40);

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Carrier>();
};

//! The serialized context that travels in a message.

mod baggage;
mod context;
mod custom;
mod environment;
mod extra;
mod headers;
mod last;
mod limits;
mod memory;
mod parent;
mod percent;
mod refusal;
#[cfg(feature = "serde")]
mod serialize;
mod text_map;
mod traceparent;
mod tracestate;

use std::fmt;

use once_cell::race::OnceBox;
use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};

use context::needs_context;
use extra::Extra;
pub use headers::Headers;
pub(crate) use last::LastExtracted;
pub use parent::Parent;
pub use refusal::Refusals;

/// An OpenTelemetry context, serialized: what a message carries from the thread that dispatches
/// it to the thread that works on it.
///
/// It holds what W3C Trace Context and W3C Baggage can carry (trace id, span id, flags,
/// tracestate, baggage) and the fields of a custom global propagator. It never holds the span
/// itself: the dispatch span ends when its owner says so, however long the message waits.
///
/// In memory it is 40 bytes. Injecting allocates nothing while there is no tracestate, no baggage
/// and no custom field; extracting allocates what [`Context`] itself needs.
///
/// # Example
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
#[derive(Clone, Default)]
pub struct Carrier {
    // Words, not bytes: they stay in registers on their way from one context to the other.
    trace_id: [u64; 2],
    span_id: u64,
    flags: u8,
    remote: bool,
    suppressed: bool,
    /// What one dispatch asked for, in place of what the worker's attribute says.
    parent: Option<Parent>,
    /// What most contexts do not have. Behind a box, so that the carrier of those stays small
    /// and is copied without an allocation; made late, because the text of the ids is asked for
    /// by reference.
    extra: OnceBox<Extra>,
}

impl Carrier {
    /// An empty carrier: no span, no baggage.
    ///
    /// # Example
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
            parent: None,
            extra: OnceBox::new(),
        }
    }

    /// Injects the context that is current on this thread.
    ///
    /// # Example
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
        // Only plain data is read while the thread's context is borrowed: whatever may run
        // foreign code (a propagator, a log subscriber) works on a clone, outside the borrow.
        let (mut carrier, more) =
            Context::map_current(|context| (Self::of_span(context), needs_context(context)));
        if more || custom::is_set() {
            carrier.inject_extra(&Context::current());
        }
        carrier
    }

    /// Injects `context`.
    ///
    /// Of a tracestate, the members that W3C Trace Context cannot carry are left out; of baggage,
    /// what is over 64 members or 8192 bytes (W3C Baggage, section 3.3.2). What is left out is
    /// counted by reason in [`refusals`](Self::refusals), and warned of once.
    #[must_use]
    pub fn inject(context: &Context) -> Self {
        let mut carrier = Self::of_span(context);
        if needs_context(context) || custom::is_set() {
            carrier.inject_extra(context);
        }
        carrier
    }

    /// The context that was injected, to attach or to start a span under.
    ///
    /// It starts from an empty context: nothing of the thread that extracts is in it. After a hop
    /// inside the process the span context is as remote as it was when it was injected.
    #[must_use]
    pub fn extract(&self) -> Context {
        if self.suppressed || self.is_random() || self.extra.get().is_some() {
            self.extract_extra()
        } else if self.has_span() {
            Context::new().with_remote_span_context(self.span_context(TraceState::NONE))
        } else {
            Context::new()
        }
    }

    /// The trace id; all zero ([`TraceId::INVALID`]) where there was no span.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from(u128::from(self.trace_id[0]) << 64 | u128::from(self.trace_id[1]))
    }

    /// The span id; all zero ([`SpanId::INVALID`]) where there was no span.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        SpanId::from(self.span_id)
    }

    /// The trace flags of W3C Trace Context level 2: sampled and random, all others zero.
    #[must_use]
    pub fn trace_flags(&self) -> TraceFlags {
        TraceFlags::new(self.flags)
    }

    /// Whether the sampled flag is set.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.trace_flags().is_sampled()
    }

    /// Whether the span context came from another process.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        self.remote
    }

    /// Whether there is a valid span context: neither id all zero.
    #[must_use]
    pub fn has_span(&self) -> bool {
        self.trace_id != [0; 2] && self.span_id != 0
    }

    fn is_random(&self) -> bool {
        self.flags & traceparent::RANDOM != 0
    }

    /// Whether nothing is carried at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_span() && !self.suppressed && self.extra.get().is_none_or(Extra::is_empty)
    }

    /// How much was left out of carriers in this process so far, by reason.
    ///
    /// # Example
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// assert_eq!(Carrier::refusals().malformed_traceparent, 0);
    /// ```
    #[must_use]
    pub fn refusals() -> Refusals {
        refusal::read()
    }

    fn set_span(&mut self, trace_id: u128, span_id: u64, flags: u8, remote: bool) {
        #[expect(clippy::cast_possible_truncation, reason = "the halves of the id")]
        let halves = [(trace_id >> 64) as u64, trace_id as u64];
        self.trace_id = halves;
        self.span_id = span_id;
        self.flags = flags;
        self.remote = remote;
    }

    pub(crate) fn parent(&self) -> Option<Parent> {
        self.parent
    }

    pub(crate) fn set_parent(&mut self, parent: Option<Parent>) {
        self.parent = parent;
    }

    fn has_same_ids_and_marks(&self, other: &Self) -> bool {
        self.trace_id == other.trace_id
            && self.span_id == other.span_id
            && self.flags == other.flags
            && self.remote == other.remote
            && self.suppressed == other.suppressed
    }

    fn set_extra(&mut self, extra: Extra) {
        self.extra = if extra.is_empty() {
            OnceBox::new()
        } else {
            OnceBox::with_value(Box::new(extra))
        };
    }
}

impl PartialEq for Carrier {
    fn eq(&self, other: &Self) -> bool {
        let extra = |carrier: &'_ Self| carrier.extra.get().cloned().unwrap_or_default();
        self.has_same_ids_and_marks(other) && extra(self) == extra(other)
    }
}

impl Eq for Carrier {}

/// The header fields, and the marks that are set.
impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier ")?;
        let marks = [("remote", self.remote), ("suppressed", self.suppressed)];
        let marks = marks.into_iter().filter(|(_, is_set)| *is_set);
        f.debug_map()
            .entries(self.headers())
            .entries(marks)
            .finish()
    }
}

const _: () = assert!(size_of::<Carrier>() <= 40);

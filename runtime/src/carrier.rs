//! The serialized context that travels in a message.

mod baggage;
mod custom;
mod limits;
mod memory;
mod refusal;
mod traceparent;
mod tracestate;

use std::fmt;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId};
use opentelemetry::{Context, trace::TraceState};

use memory::Memory;
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
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Carrier {
    trace_id: [u8; 16],
    span_id: [u8; 8],
    flags: u8,
    remote: bool,
    suppressed: bool,
    /// What most contexts do not have. Behind a box, so that the carrier of those stays small
    /// and is copied without an allocation.
    extra: Option<Box<Extra>>,
}

/// The rarer half of a carrier: every text is in the form of its header field.
#[derive(Clone, Default, PartialEq, Eq)]
struct Extra {
    trace_state: Option<Box<str>>,
    baggage: Option<Box<str>>,
    /// The fields of a custom global propagator, by name.
    fields: Vec<(Box<str>, Box<str>)>,
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
            trace_id: [0; 16],
            span_id: [0; 8],
            flags: 0,
            remote: false,
            suppressed: false,
            extra: None,
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
        let custom = custom::is_set();
        let (mut carrier, context) = Context::map_current(|context| {
            let more = custom || needs_context(context);
            (Self::of_span(context), more.then(|| context.clone()))
        });
        if let Some(context) = context {
            carrier.inject_extra(&context);
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
        let mut context = Context::new();
        if self.suppressed {
            context = context.with_telemetry_suppressed();
        }
        let mut trace_state = TraceState::NONE;
        let mut opaque_trace_state = None;
        if let Some(extra) = &self.extra {
            if let Some(text) = &extra.baggage {
                context = context.with_baggage(baggage::decode(text));
            }
            if let Some(text) = &extra.trace_state {
                (trace_state, opaque_trace_state) = tracestate::decode(text);
            }
        }
        let flags = TraceFlags::new(self.flags);
        if self.has_span() && (opaque_trace_state.is_some() || traceparent::is_random(flags)) {
            context = context.with_value(Memory::new(self.trace_id(), flags, opaque_trace_state));
        }
        if let Some(extra) = &self.extra
            && !extra.fields.is_empty()
        {
            context = custom::extract(&context, &extra.fields);
        }
        if self.has_span() {
            // Last, so that a custom propagator that read the same span from its own field does
            // not make it remote, nor cost it its tracestate.
            context = context.with_remote_span_context(SpanContext::new(
                self.trace_id(),
                self.span_id(),
                flags,
                self.remote,
                trace_state,
            ));
        }
        context
    }

    /// The trace id; all zero ([`TraceId::INVALID`]) where there was no span.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from_bytes(self.trace_id)
    }

    /// The span id; all zero ([`SpanId::INVALID`]) where there was no span.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        SpanId::from_bytes(self.span_id)
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
        self.trace_id != [0; 16] && self.span_id != [0; 8]
    }

    /// Whether nothing is carried at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_span() && !self.suppressed && self.extra.is_none()
    }

    /// How much was left out of carriers in this process so far, by reason.
    ///
    /// # Example
    ///
    /// ```
    /// use traced_worker::Carrier;
    ///
    /// assert_eq!(Carrier::refusals().too_many_baggage_members, 0);
    /// ```
    #[must_use]
    pub fn refusals() -> Refusals {
        refusal::read()
    }

    /// Ids, flags and marks: plain data, nothing allocated, no foreign code.
    fn of_span(context: &Context) -> Self {
        let span = context.span();
        let span_context = span.span_context();
        let mut carrier = Self {
            suppressed: context.is_telemetry_suppressed(),
            ..Self::new()
        };
        if span_context.is_valid() {
            carrier.trace_id = span_context.trace_id().to_bytes();
            carrier.span_id = span_context.span_id().to_bytes();
            carrier.flags = traceparent::known_flags(span_context.trace_flags().to_u8());
            carrier.remote = span_context.is_remote();
        }
        carrier
    }

    /// Tracestate, baggage, what only the memory of the trace still knows, and custom fields.
    fn inject_extra(&mut self, context: &Context) {
        let mut extra = Extra::default();
        if self.has_span() {
            let span = context.span();
            let memory = context
                .get::<Memory>()
                .filter(|memory| memory.is_of(self.trace_id()));
            if let Some(memory) = memory {
                self.flags |= memory.random_flag();
            }
            let opaque = memory.and_then(Memory::opaque_trace_state);
            extra.trace_state = tracestate::encode(span.span_context().trace_state(), opaque);
        }
        extra.baggage = baggage::encode(context.baggage());
        extra.fields = custom::inject(context);
        if extra != Extra::default() {
            self.extra = Some(Box::new(extra));
        }
    }
}

/// Whether the ids and flags are not all that there is to carry.
fn needs_context(context: &Context) -> bool {
    let has_trace_state = {
        let span = context.span();
        span.span_context().trace_state() != &TraceState::NONE
    };
    has_trace_state || !context.baggage().is_empty() || context.get::<Memory>().is_some()
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("Carrier");
        if self.has_span() {
            let ids = traceparent::Traceparent {
                trace_id: self.trace_id,
                span_id: self.span_id,
                flags: self.flags,
            };
            output.field("traceparent", &ids.to_string());
            output.field("remote", &self.remote);
        }
        if let Some(extra) = &self.extra {
            if let Some(text) = &extra.trace_state {
                output.field("tracestate", text);
            }
            if let Some(text) = &extra.baggage {
                output.field("baggage", text);
            }
            for (name, value) in &extra.fields {
                output.field(name, value);
            }
        }
        if self.suppressed {
            output.field("suppressed", &true);
        }
        output.finish()
    }
}

const _: () = assert!(size_of::<Carrier>() <= 40);

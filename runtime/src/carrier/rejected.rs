//! Counters of rejected fields, by reason.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::otel_warn;

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident: $variant:ident = $text:literal,)*) => {
        /// The number of fields and members that were left out of carriers so far, by reason:
        /// see [`Carrier::rejected_fields`].
        ///
        /// The counters belong to the process and only grow. The first of each reason is also
        /// logged as a warning, through OpenTelemetry's internal log.
        ///
        /// [`Carrier::rejected_fields`]: crate::Carrier::rejected_fields
        ///
        /// # Examples
        ///
        /// ```
        /// use traced_worker::Carrier;
        ///
        /// let before = Carrier::rejected_fields();
        /// let carrier = Carrier::from_headers([("baggage", "tenant=blue,no value")]);
        /// assert_eq!(carrier.headers().get("baggage"), Some("tenant=blue"));
        ///
        /// let after = Carrier::rejected_fields();
        /// assert_eq!(after.malformed_baggage, before.malformed_baggage + 1);
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct RejectedFields {
            $($(#[doc = $doc])* pub $name: u64,)*
        }

        /// The reason for which a field or a member is rejected.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Reason {
            $($variant,)*
        }

        impl Reason {
            const TEXTS: &'static [&'static str] = &[$($text),*];
        }

        static COUNTS: [AtomicU64; Reason::TEXTS.len()] =
            [const { AtomicU64::new(0) }; Reason::TEXTS.len()];

        pub(super) fn read() -> RejectedFields {
            let read = |reason: Reason| COUNTS[reason as usize].load(Ordering::Relaxed);
            RejectedFields {
                $($name: read(Reason::$variant),)*
            }
        }
    };
}

reasons! {
    /// `traceparent` fields that are malformed (W3C Trace Context level 2, section 3.2): ignored,
    /// and the tracestate with them.
    malformed_traceparent: MalformedTraceparent = "a malformed traceparent",
    /// Trace contexts of a deserialized message that are no map, or are repeated: the message has an
    /// empty carrier then. Always 0 without the feature `serde`.
    malformed_trace_context: MalformedTraceContext = "a trace context that is no map of header fields, or is repeated",
    /// Messages with more than one `traceparent`: all are ignored (section 3.2.1).
    repeated_traceparent: RepeatedTraceparent = "more than one traceparent",
    /// Tracestates with a key or a value that the grammar does not allow (section 3.3.1): one from
    /// outside is ignored as a whole, of a span's own the member is left out. Also members that
    /// were cut off a tracestate over 8192 bytes.
    malformed_tracestate: MalformedTracestate = "a malformed tracestate",
    /// Baggage members that are malformed (W3C Baggage, section 3.2): left out.
    malformed_baggage: MalformedBaggage = "a malformed baggage member",
    /// Baggage members left out because they do not fit into 8192 bytes (section 3.3.2).
    oversize_baggage: OversizeBaggage = "baggage over 8192 bytes",
    /// Baggage members left out because there are more than 64, and tracestates ignored because
    /// they have more than 32.
    too_many_members: TooManyMembers = "more than 64 baggage members, or 32 of a tracestate",
    /// Fields of a custom propagator left out because a header must not have their name (RFC 9110,
    /// section 5.1) or their value (section 5.5): a line break, a NUL, a character beyond ASCII.
    malformed_custom_field: MalformedCustomField = "a custom propagator field that is no legal header",
    /// Fields of a custom propagator left out because they are over 8192 bytes together.
    oversize_custom_fields: OversizeCustomFields = "more than 8192 bytes of custom propagator fields",
}

impl Reason {
    /// Counts `number` rejections. Must not be called while the thread's context is borrowed,
    /// because the warning may run a subscriber that reads it.
    pub(super) fn count(self, number: usize) {
        if number == 0 {
            return;
        }
        let before = COUNTS[self as usize].fetch_add(number as u64, Ordering::Relaxed);
        if before == 0 {
            otel_warn!(
                name: "Carrier.Rejected",
                reason = Self::TEXTS[self as usize],
                message = "part of a context was not carried; further ones are only counted, in Carrier::rejected_fields()"
            );
        }
    }
}

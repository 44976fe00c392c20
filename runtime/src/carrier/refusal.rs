//! What was refused or left out, counted by reason and warned of once.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::otel_warn;

macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $name:ident: $variant:ident = $reason:literal,)*) => {
        /// How much was left out of carriers so far, by reason: see [`Carrier::refusals`].
        ///
        /// The counters belong to the process and only grow. Each reason is also warned of,
        /// once, through OpenTelemetry's internal log.
        ///
        /// [`Carrier::refusals`]: crate::Carrier::refusals
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Refusals {
            $($(#[doc = $doc])* pub $name: u64,)*
        }

        /// Why something was left out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Refusal {
            $($variant,)*
        }

        impl Refusal {
            const REASONS: &'static [&'static str] = &[$($reason),*];
        }

        static COUNTS: [AtomicU64; Refusal::REASONS.len()] =
            [const { AtomicU64::new(0) }; Refusal::REASONS.len()];

        pub(super) fn read() -> Refusals {
            let read = |refusal: Refusal| COUNTS[refusal as usize].load(Ordering::Relaxed);
            Refusals {
                $($name: read(Refusal::$variant),)*
            }
        }
    };
}

refusals! {
    /// `traceparent` fields that are not as W3C Trace Context level 2 has them (section 3.2):
    /// ignored as a whole, and the tracestate with them.
    malformed_traceparent: MalformedTraceparent = "a malformed traceparent",
    /// Headers with more than one `traceparent`: there is none then (section 3.2.1).
    repeated_traceparent: RepeatedTraceparent = "more than one traceparent",
    /// Tracestates with a key or a value that the grammar does not allow (section 3.3.1): ignored
    /// as a whole where they came from outside, by their members where a span has them; and
    /// members that were cut off one that is too long.
    bad_tracestate: BadTracestate = "a tracestate that W3C Trace Context does not allow",
    /// Baggage members that are not as W3C Baggage has them (section 3.2): left out.
    malformed_baggage: MalformedBaggage = "a malformed baggage member",
    /// Baggage members left out because the text is over 8192 bytes with them.
    oversize_baggage: OversizeBaggage = "baggage over 8192 bytes",
    /// Baggage members left out because there are more than 64; and tracestates ignored because
    /// they have more than 32.
    too_many_members: TooManyMembers = "more than 64 baggage members, or 32 of a tracestate",
    /// Fields of a custom propagator left out because they are over 8192 bytes together.
    oversize_carrier: OversizeCarrier = "more than 8192 bytes of custom propagator fields",
}

impl Refusal {
    /// Counts `number` refusals for this reason. Must not be called while the thread's context is
    /// borrowed: the warning may run a subscriber that looks at it.
    pub(super) fn count(self, number: usize) {
        if number == 0 {
            return;
        }
        let before = COUNTS[self as usize].fetch_add(number as u64, Ordering::Relaxed);
        if before == 0 {
            otel_warn!(
                name: "Carrier.Refused",
                reason = Self::REASONS[self as usize],
                message = "part of a context was not carried; further ones are only counted, in Carrier::refusals()"
            );
        }
    }
}

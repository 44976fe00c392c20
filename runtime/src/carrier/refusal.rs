//! What was refused or left out, counted by reason and warned of once.

use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::otel_warn;

/// How much was left out of carriers so far, by reason: see [`Carrier::refusals`].
///
/// The counters belong to the process and only grow. Each reason is also warned of, once,
/// through OpenTelemetry's internal log.
///
/// [`Carrier::refusals`]: crate::Carrier::refusals
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusals {
    /// Tracestates that were cut or ignored, because W3C Trace Context cannot carry them.
    pub bad_tracestate: u64,
    /// Baggage members left out because the text was over 8192 bytes with them.
    pub oversize_baggage: u64,
    /// Baggage members left out because there were more than 64.
    pub too_many_baggage_members: u64,
    /// Fields of a custom propagator left out because there were more than 8192 bytes of them.
    pub oversize_carrier: u64,
}

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    BadTracestate,
    OversizeBaggage,
    TooManyBaggageMembers,
    OversizeCarrier,
}

static COUNTS: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

impl Refusal {
    /// Counts `number` refusals for this reason. Must not be called while the thread's context is
    /// borrowed: the warning may run a subscriber that looks at it.
    pub(super) fn count(self, number: u64) {
        let before = COUNTS[self as usize].fetch_add(number, Ordering::Relaxed);
        if before == 0 && number > 0 {
            otel_warn!(
                name: "Carrier.Refused",
                reason = self.reason(),
                message = "part of a context was not carried; further ones are only counted, in Carrier::refusals()"
            );
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::BadTracestate => "a tracestate that W3C Trace Context cannot carry",
            Self::OversizeBaggage => "baggage over 8192 bytes",
            Self::TooManyBaggageMembers => "more than 64 baggage members",
            Self::OversizeCarrier => "more than 8192 bytes of custom propagator fields",
        }
    }

    fn read(self) -> u64 {
        COUNTS[self as usize].load(Ordering::Relaxed)
    }
}

pub(super) fn read() -> Refusals {
    Refusals {
        bad_tracestate: Refusal::BadTracestate.read(),
        oversize_baggage: Refusal::OversizeBaggage.read(),
        too_many_baggage_members: Refusal::TooManyBaggageMembers.read(),
        oversize_carrier: Refusal::OversizeCarrier.read(),
    }
}

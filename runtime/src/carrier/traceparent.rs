//! The `traceparent` field (W3C Trace Context level 2, section 3.2).

use std::fmt;

use opentelemetry::trace::TraceFlags;

/// The sampled flag (section 3.2.2.5.1).
const SAMPLED: u8 = 0x01;

/// The random-trace-id flag (section 3.2.2.5.2).
pub(super) const RANDOM: u8 = 0x02;

/// The ids and flags of a `traceparent`; its `Display` is the field's text, as version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traceparent {
    pub(super) trace_id: [u8; 16],
    pub(super) span_id: [u8; 8],
    pub(super) flags: u8,
}

/// Clears every flag that level 2 does not define: they must be sent as zero (section 3.2.2.5.3).
pub(super) const fn known_flags(flags: u8) -> u8 {
    flags & (SAMPLED | RANDOM)
}

pub(super) fn is_random(flags: TraceFlags) -> bool {
    flags.to_u8() & RANDOM != 0
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{:032x}-{:016x}-{:02x}",
            u128::from_be_bytes(self.trace_id),
            u64::from_be_bytes(self.span_id),
            self.flags
        )
    }
}

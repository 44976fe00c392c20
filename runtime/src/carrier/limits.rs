//! How much one carrier may hold, whoever fills it.

/// List members of a tracestate (W3C Trace Context level 2, section 3.3.1.1).
pub(super) const TRACE_STATE_MEMBERS: usize = 32;

/// Bytes of a tracestate. The specification asks for 512 at least (section 3.3.1.5).
pub(super) const TRACE_STATE_BYTES: usize = 8192;

/// Members longer than this are the first to go when a tracestate is cut (section 3.3.1.5).
pub(super) const TRACE_STATE_LONG_MEMBER: usize = 128;

/// List members of baggage (W3C Baggage, section 3.3.2).
pub(super) const BAGGAGE_MEMBERS: usize = 64;

/// Bytes of baggage (W3C Baggage, section 3.3.2).
pub(super) const BAGGAGE_BYTES: usize = 8192;

/// Bytes of the fields of a custom propagator, names and values together.
pub(super) const CUSTOM_BYTES: usize = 8192;

//! The carrier, held against W3C Trace Context level 2 and W3C Baggage. Beside each row stands
//! the section that it follows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod baggage;
mod environment;
mod flags;
mod headers;
mod hop;
mod locals;
mod properties;
mod serialized;
mod traceparent;
mod tracestate;

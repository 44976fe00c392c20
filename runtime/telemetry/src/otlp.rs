//! Export over OTLP: http/protobuf and, where that is built in, gRPC.
//!
//! A batch passes `Exporter` (repeats, splits) -> `Transport` (one attempt) -> the collector. The
//! attempts run on a thread of their own, which no `tracing` subscriber hears.

mod exporter;
mod failure;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod http;
mod io_thread;
mod response;
mod retry_after;
mod split;
#[cfg(feature = "otlp-tls")]
mod tls;

pub(crate) use self::exporter::Exporter;

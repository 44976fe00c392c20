#![cfg_attr(feature = "telemetry", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "telemetry"),
    doc = "Worker threads that keep their OpenTelemetry context."
)]
//!
//! # Feature flags
//!
//! | feature | what it adds | default |
//! | --- | --- | --- |
//! | `internal-logs` | warnings through OpenTelemetry's internal log, as `tracing` events | yes |
//! | `logs` | `set_exception_logger_provider`: errors and panics of workers as log records | no |
//! | `serde` | [`Carrier`] as a map of header fields, [`Traced`] as `{"payload": .., "traceContext": {..}}` | no |
//! | `telemetry` | module `telemetry`: the SDK set up from the environment, finished traces drawn in the terminal | no |
//! | `otlp` | export over OTLP (http/protobuf, http/json) if the environment names an endpoint; includes `telemetry` | no |
//! | `otlp-grpc` | export over gRPC if `OTEL_EXPORTER_OTLP_PROTOCOL` is `grpc`; includes `otlp` | no |
//! | `otlp-tls` | export to `https://` addresses; includes `otlp` | no |
//! | `config-file` | `OTEL_CONFIG_FILE`, the declarative configuration; includes `telemetry` | no |
//! | `tokio` | workers that are `async fn`: `TaskPoolBuilder` starts a pool of tasks on a Tokio runtime | no |
//! | `signals` | `Shutdown::on_signals`: SIGTERM and SIGINT begin a shutdown (Unix) | no |
//! | `tracing` | `#[traced_worker(tracing)]`: worker spans that are spans of the crate `tracing`; the context of the current `tracing` span at a dispatch; the span and its subscriber in a closure that is bound ([`bind`](fn@bind)) | no |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
/// The cost of a message, against what one would use instead.
#[cfg(doc)]
pub mod _performance {
    #![doc = include_str!("../docs/performance.md")]
    //!
    #![doc = include_str!("../docs/cost-by-threads.svg")]
}
mod bind;
#[cfg(feature = "tokio")]
mod blocking;
mod carrier;
pub mod channel;
mod detached;
mod error;
mod handle;
mod pool;
mod reentrant;
mod shutdown;
mod span;
mod sync;
mod traced;
mod unwind;
mod worker;

pub use bind::{
    BoundContext, BoundFuture, bind, bind_fn, bind_future, bind_future_in_span, bind_in_span,
    bind_mut,
};
pub use carrier::{Carrier, Headers, HeadersIter, RejectedFields};
/// The version whose types [`channel`] hands out.
pub use crossbeam_channel;
pub use error::{
    DispatchError, DispatchTimeoutError, JobError, Panic, StartError, TryDispatchError,
};
pub use handle::JoinHandle;
/// The version whose globals this crate uses: a second version in a program has globals of its own.
pub use opentelemetry;
#[cfg(feature = "tokio")]
pub use pool::TaskPoolBuilder;
pub use pool::{
    CallError, CallTimeoutError, DispatchAllError, Dispatcher, Pool, PoolBuilder, PoolReport,
    PoolStats, Threads, ThreadsBuilder,
};
pub use shutdown::{
    Shutdown, ShutdownBuilder, ShutdownFuture, ShutdownReport, ShutdownStep, StepError,
    StepErrorKind,
};
#[cfg(feature = "logs")]
pub use span::set_exception_logger_provider;
pub use span::{Metadata, SpanRelation};
pub use traced::Traced;
pub use traced_worker_macros::traced_worker;
/// The SDK, set up from the environment and in code.
#[cfg(feature = "telemetry")]
#[cfg_attr(docsrs, doc(cfg(feature = "telemetry")))]
pub use traced_worker_telemetry as telemetry;
#[cfg(feature = "tokio")]
pub use worker::AsyncWorker;
pub use worker::{SyncWorker, Worker};

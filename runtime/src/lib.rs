#![cfg_attr(feature = "telemetry", doc = include_str!("../../README.md"))]
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
//! | `serde` | [`Carrier`] as a map of header fields, [`Traced`] as `{"payload": .., "traceContext": {..}}` | no |
//! | `telemetry` | module `telemetry`: the SDK set up from the environment, finished traces drawn in the terminal | no |
//! | `otlp` | export over OTLP (http/protobuf) where the environment names an endpoint; includes `telemetry` | no |
//! | `otlp-grpc` | the same over gRPC, where `OTEL_EXPORTER_OTLP_PROTOCOL` says so; includes `otlp` | no |
//! | `signals` | SIGTERM and SIGINT begin a `Shutdown`; includes `telemetry` | no |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
/// What traced-worker costs, against what one would use instead.
#[cfg(doc)]
pub mod _performance {
    #![doc = include_str!("../docs/performance.md")]
    //!
    //! # Cost against threads
    //!
    #![doc = include_str!("../docs/cost-by-threads.svg")]
    //!
    //! # Cost against the run time of the job
    //!
    #![doc = include_str!("../docs/cost-by-job.svg")]
    //!
    //! # Weight
    //!
    #![doc = include_str!("../docs/weight.md")]
    //!
    //! # All tables
    //!
    #![doc = include_str!("../docs/comparison.md")]
}
mod carrier;
pub mod channel;
mod error;
mod handle;
mod pool;
#[cfg(feature = "telemetry")]
mod shutdown;
mod span;
mod spin;
#[cfg(feature = "telemetry")]
pub mod telemetry;
mod traced;
mod worker;

pub use carrier::{Carrier, Headers, Parent, Refusals};
pub use error::{CallError, DispatchError, JobError, Panic, StartError};
pub use handle::JoinHandle;
/// The crate whose globals this one uses: take it from here, so that there is one version of it.
pub use opentelemetry;
pub use pool::{
    DispatchAllError, DispatchAsync, Dispatcher, Drain, MakesState, NoState, Pool, PoolBuilder,
    Report, Stats, WithState,
};
#[cfg(feature = "telemetry")]
pub use shutdown::{Finished, Shutdown, ShutdownBuilder};
pub use span::Description;
pub use traced::Traced;
pub use traced_worker_macros::traced_worker;
pub use worker::Worker;

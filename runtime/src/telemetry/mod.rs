//! The SDK set up from the environment, and finished traces drawn in the terminal.
//!
//! Where nothing says that spans are to be exported, each finished trace is drawn on stderr:
//!
//! ```text
//! trace 5b8aa5a2d2c872e8321cf37308d69df2: 500ms, 2 spans
//! process_data      [====================================]  500ms  (main thread)
//!   worker_process    [=================================]   480ms  (process-1)
//! ```
//!
//! # Environment
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded, drawn or exported | `false` |
//! | `OTEL_TRACES_EXPORTER` | `otlp` (to a collector; needs the feature `otlp`), `console` (the picture), both with a comma, or `none` | `otlp` where an endpoint is set, else `console` |
//! | `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, both with a comma: what the global propagator speaks; `none`: it is left as it is. Messages carry their context whatever this says | `tracecontext,baggage` |
//! | `OTEL_SERVICE_NAME` | the service's name | `service.name` of the next variable, [`Builder::service_name`], `unknown_service:` and the program's name |
//! | `OTEL_RESOURCE_ATTRIBUTES` | more about the sender, as `key=value,key=value`; goes before what is found out: `process.pid`, `process.executable.name`, `host.name`, `telemetry.sdk.*` | none |
//! | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, or one of them with `parentbased_` before it | `parentbased_always_on` |
//! | `OTEL_TRACES_SAMPLER_ARG` | the ratio, from 0.0 to 1.0 | 1.0 |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector's address; over HTTP, `/v1/traces` is added to it | `http://localhost:4318`; with gRPC `http://localhost:4317` |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf`; `grpc` with the feature `otlp-grpc`, for which the program needs no async runtime | `http/protobuf` |
//! | `OTEL_EXPORTER_OTLP_HEADERS` | sent with every export, as `key=value,key=value` | none |
//! | `OTEL_EXPORTER_OTLP_TIMEOUT` | how long one export may take with its retries, in ms | 10000 |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` | `none` |
//! | `OTEL_EXPORTER_OTLP_TRACES_` and `ENDPOINT`, `PROTOCOL`, `HEADERS`, `TIMEOUT`, `COMPRESSION` | the same; these go first, and this endpoint is used as it is | the variables above |
//! | `OTEL_BSP_MAX_QUEUE_SIZE` | spans that wait for the exporter; more are dropped and counted, or [wait](Builder::wait_for_exporter) | 2048 |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans in one export | 512 |
//! | `OTEL_BSP_SCHEDULE_DELAY` | how long a span waits for its batch to fill, in ms | 5000 |
//! | `OTEL_BSP_EXPORT_TIMEOUT`, `OTEL_BSP_MAX_CONCURRENT_EXPORTS` | checked, and of no effect: one batch is exported after the other, each within `OTEL_EXPORTER_OTLP_TIMEOUT` | |
//! | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | how much one span holds | 128 each |
//! | `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` | whether the picture has colours | whether stderr is a terminal |
//! | `COLUMNS` | the picture's width where it does not go to a terminal | 100 |
//!
//! A variable that is set to nothing counts as not set. A value that cannot be meant is an
//! [`InitError`] that names the variable, the value and what is allowed, never a silent fallback.
//!
//! # Spans are counted
//!
//! [`Telemetry::spans`] and the [`ShutdownReport`] say how many spans ended, were exported, and were
//! dropped. However many worker threads there are, one thread exports, over one connection. What it
//! does not get through at once waits in a bounded queue; what the collector refuses for a while
//! (429, 502, 503, 504, no answer) is sent again three times, no earlier than its `Retry-After`
//! says.

mod account;
mod builder;
mod counted;
mod environment;
mod error;
#[cfg(feature = "otlp")]
mod gate;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod guard;
#[cfg(feature = "otlp")]
mod otlp;
mod picture;
#[cfg(feature = "otlp")]
mod pipeline;
mod report;
mod resource;

pub use self::builder::Builder;
pub use self::error::{FlushError, InitError, ShutdownError};
pub use self::guard::Telemetry;
pub(crate) use self::guard::for_draining;
pub use self::report::{ShutdownReport, Spans};

/// Sets the SDK up from the environment and makes it the global tracer provider.
///
/// Hold on to what it returns until the program ends: dropping it ends the telemetry.
///
/// # Errors
///
/// Where a variable has a value that cannot be meant, or where the exporter cannot be built.
///
/// # Example
///
/// ```
/// use opentelemetry::global;
/// use opentelemetry::trace::Tracer;
///
/// let telemetry = traced_worker::telemetry::init()?;
/// global::tracer("example").in_span("process_data", |_| { /* work */ });
/// telemetry.flush()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init() -> Result<Telemetry, InitError> {
    builder().init()
}

/// What [`init`] does, with choices: where the picture goes, its width, its colours.
pub fn builder() -> Builder {
    Builder::new()
}

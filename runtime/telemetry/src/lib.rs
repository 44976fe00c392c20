//! Sets OpenTelemetry tracing up from the environment, and accounts for every span.
//!
//! Without an endpoint to export to, each finished trace is drawn on stderr:
//!
//! ```text
//! trace 5b8aa5a2d2c872e8321cf37308d69df2: 500ms, 2 spans
//! process_data      [====================================]  500ms  (main thread)
//!   worker_process    [=================================]   480ms  (process-1)
//! ```
//!
//! With one, spans are exported over OTLP (feature `otlp`). [`Telemetry::shutdown`] waits for open
//! spans, flushes, and reports how many spans were exported and how many were lost, and why.
//!
//! # Examples
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use opentelemetry::global;
//! use opentelemetry::trace::Tracer;
//!
//! let telemetry = traced_worker_telemetry::init()?;
//! global::tracer("example").in_span("process_data", |_| { /* work */ });
//! let report = telemetry.shutdown(Duration::from_secs(5));
//! println!("spans: {report}"); // spans: 1 ended, 1 exported, 0 dropped
//! # Ok::<(), traced_worker_telemetry::InitError>(())
//! ```
//!
//! # Feature flags
//!
//! | feature | what it adds | default |
//! | --- | --- | --- |
//! | `internal-logs` | warnings through OpenTelemetry's internal log, as `tracing` events | yes |
//! | `waterfall` | finished traces drawn in the terminal | yes |
//! | `otlp` | export over OTLP (http/protobuf) | no |
//! | `otlp-grpc` | export over gRPC, too; the program needs no async runtime | no |
//!
//! # Environment
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded, drawn or exported | `false` |
//! | `OTEL_TRACES_EXPORTER` | `otlp` (to a collector; needs the feature `otlp`), `console` (drawn in the terminal; needs the feature `waterfall`), both with a comma, or `none` | `otlp` where an endpoint is set, else `console` |
//! | `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, both with a comma: the formats of the global propagator; `none`: it is left as it is | `tracecontext,baggage` |
//! | `OTEL_SERVICE_NAME` | the service's name | `service.name` of the next variable, [`Builder::service_name`], `unknown_service:` and the program's name |
//! | `OTEL_RESOURCE_ATTRIBUTES` | more attributes of the resource, as `key=value,key=value`; takes precedence over the detected `process.pid`, `process.executable.name`, `host.name`, `telemetry.sdk.*` | none |
//! | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, or one of them with `parentbased_` before it | `parentbased_always_on` |
//! | `OTEL_TRACES_SAMPLER_ARG` | the ratio, from 0.0 to 1.0 | 1.0 |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector's address; over HTTP, `/v1/traces` is added to it | `http://localhost:4318`; with gRPC `http://localhost:4317` |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf`; `grpc` with the feature `otlp-grpc`, for which the program needs no async runtime | `http/protobuf` |
//! | `OTEL_EXPORTER_OTLP_HEADERS` | sent with every export, as `key=value,key=value` | none |
//! | `OTEL_EXPORTER_OTLP_TIMEOUT` | how long one export may take with its retries, in ms | 10000 |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` | `none` |
//! | `OTEL_EXPORTER_OTLP_TRACES_` and `ENDPOINT`, `PROTOCOL`, `HEADERS`, `TIMEOUT`, `COMPRESSION` | the same; these take precedence, and this endpoint is used as it is | the variables above |
//! | `OTEL_BSP_MAX_QUEUE_SIZE` | the size of the export queue; further spans are dropped and counted, or [wait](Builder::wait_for_exporter) | 2048 |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans in one export | 512 |
//! | `OTEL_BSP_SCHEDULE_DELAY` | how long a span waits for its batch to fill, in ms | 5000 |
//! | `OTEL_BSP_EXPORT_TIMEOUT`, `OTEL_BSP_MAX_CONCURRENT_EXPORTS` | checked, and of no effect: one batch is exported after the other, each within `OTEL_EXPORTER_OTLP_TIMEOUT` | |
//! | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | the limits of one span | 128 each |
//! | `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` | whether the waterfall has colors | colors if stderr is a terminal |
//! | `COLUMNS` | the width of the waterfall if stderr is not a terminal | 100 |
//!
//! An empty variable counts as not set. An invalid value is an [`InitError`] that names the
//! variable, the value and the valid values.
//!
//! # Spans are counted
//!
//! [`Telemetry::spans`] and the [`TelemetryReport`] hold the number of spans that ended, were
//! exported, and were dropped. One thread exports, over one connection, from a bounded queue. An
//! export that the collector refuses for a while (429, 502, 503, 504, no answer) is repeated three
//! times, no earlier than `Retry-After` allows.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "otlp", test))]
mod batch;
mod builder;
mod counts;
mod environment;
mod error;
mod lost;
#[cfg(feature = "otlp")]
mod otlp;
mod provider;
mod report;
mod resource;
#[cfg(any(feature = "otlp", test))]
mod semaphore;
mod telemetry;
mod value_length;
mod warn;

pub use self::builder::Builder;
pub use self::counts::SpanCounts;
pub use self::environment::EnvironmentWarning;
pub use self::error::{FlushError, InitError};
pub use self::report::TelemetryReport;
pub use self::telemetry::Telemetry;

/// Sets the SDK up from the environment and makes it the global tracer provider.
///
/// Keep the result until the program ends: dropping it shuts the telemetry down.
///
/// # Errors
///
/// Returns an error if the thread that draws traces cannot be started. An environment variable with
/// an invalid value is warned of and ignored.
///
/// # Examples
///
/// ```no_run
/// use opentelemetry::global;
/// use opentelemetry::trace::Tracer;
///
/// let telemetry = traced_worker_telemetry::init()?;
/// global::tracer("example").in_span("process_data", |_| { /* work */ });
/// telemetry.flush()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn init() -> Result<Telemetry, InitError> {
    builder().init()
}

/// Returns a builder for telemetry with options that are set in code.
pub fn builder() -> Builder {
    Builder::default()
}

/// Compiles the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

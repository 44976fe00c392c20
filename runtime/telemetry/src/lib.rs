//! Sets OpenTelemetry tracing up from the environment, and accounts for every span.
//!
//! Without an endpoint to export to, each finished trace is drawn on stderr:
//!
//! ```text
//! trace 5b8aa5a2d2c872e8321cf37308d69d01: 500ms, 3 spans, 1 error
//! process_data                             [==========================]   500ms  (main thread)
//!   worker_process{file.path=src/pool.rs}  .[==========]                  220ms  (process-0)
//!   worker_process{file.path=src/gone.rs}   ..........[==]               70.0ms  (process-1)
//!     error: no such file
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
//! | `otlp` | export over OTLP (http/protobuf, http/json) | no |
//! | `otlp-grpc` | export over gRPC, too; the program needs no async runtime | no |
//! | `otlp-tls` | export to `https://` addresses, with rustls | no |
//! | `config-file` | `OTEL_CONFIG_FILE`, the [declarative configuration](#configuration-file) | no |
//! | `tracing` | [`Telemetry::tracing_layer`]: spans of the crate `tracing` in this telemetry | no |
//!
//! # Environment
//!
//! Each variable is read once, when telemetry is set up, and takes precedence over the [`Builder`].
//! An empty one counts as not set. One with an odd value, which the last column names, is warned of and
//! counts as not set, too (OpenTelemetry specification, "Environment Variables"): on stderr, or
//! through the internal log where there is a `tracing` subscriber. [`Telemetry::warnings`] has all of
//! them, and [`Builder::strict`] makes each an error. Names of values are read in any case.
//!
//! | variable | meaning | default | odd values |
//! | --- | --- | --- | --- |
//! | `OTEL_CONFIG_FILE` | the path of a [configuration file](#configuration-file); all other `OTEL_` variables are ignored then (needs the feature `config-file`) | none | a file that cannot be read or is not valid: [`InitError`] |
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded, drawn or exported | `false` | all but `true` and `false`, which are false |
//! | `OTEL_TRACES_EXPORTER` | `otlp` (to a collector; needs the feature `otlp`), `console` (drawn in the terminal; needs the feature `waterfall`), both with a comma, or `none` | `otlp` where an endpoint is set, else `console` | other names; the known ones beside them count |
//! | `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, both with a comma: the formats of the global propagator; `none`: it is left as it is | `tracecontext,baggage` | other names; the known ones beside them count |
//! | `OTEL_SERVICE_NAME` | the service's name | `service.name` of the next variable, [`Builder::service_name`], `unknown_service:` and the program's name | bytes that are not UTF-8 are replaced by U+FFFD |
//! | `OTEL_RESOURCE_ATTRIBUTES` | more attributes of the resource, as `key=value,key=value`, percent-encoded; takes precedence over the detected `process.pid`, `process.executable.name`, `host.name`, `telemetry.sdk.*` | none | an entry without `=` or key, or with a `%` that encodes nothing, costs all entries; bytes as above |
//! | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, or one of them with `parentbased_` before it | [`Builder::sampler`], else `parentbased_always_on` | other names |
//! | `OTEL_TRACES_SAMPLER_ARG` | the ratio, from 0.0 to 1.0 | 1.0 | other numbers |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector's address; over HTTP, `/v1/traces` is added to its path. Credentials in it are sent as `Authorization: Basic` | `http://localhost:4318`; with gRPC `http://localhost:4317` | no `http://` or `https://` (but for gRPC), no host, no port from 1 to 65535, blanks |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf`, `http/json`; `grpc` with the feature `otlp-grpc`, for which the program needs no async runtime | `http/protobuf` | other names |
//! | `OTEL_EXPORTER_OTLP_HEADERS` | sent with every export, as `key=value,key=value`, percent-encoded | none | an entry that no request can have, or that the exporter sets itself, is left out |
//! | `OTEL_EXPORTER_OTLP_TIMEOUT` | how long one export may take with its retries, in ms; 0: no limit | 10000 | beyond 0 to 4294967295 |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` | `none` | other names |
//! | `OTEL_EXPORTER_OTLP_INSECURE` | `true`: an address for gRPC without a scheme is one of `http://` | `false` | other names |
//! | `OTEL_EXPORTER_OTLP_CERTIFICATE` | a PEM file with the only certificates to trust (feature `otlp-tls`) | the system's, or Mozilla's where it has none | without a certificate in it nothing is exported |
//! | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `OTEL_EXPORTER_OTLP_CLIENT_KEY` | PEM files with the certificate that this program shows, and its key | none | one without the other; files as above |
//! | `OTEL_EXPORTER_OTLP_TRACES_` and `ENDPOINT`, `PROTOCOL`, `HEADERS`, and so on | the same; these take precedence, and this endpoint is used as it is | the variables above | as above; the general variable counts then |
//! | `OTEL_BSP_MAX_QUEUE_SIZE` | the size of the export queue; further spans are dropped and counted, or [wait](Builder::wait_for_exporter) | 2048 | beyond 1 to 1048576; some 500 bytes a span are allocated |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans in one export, at most the size of the queue | 512 | beyond 1 to 1048576 |
//! | `OTEL_BSP_SCHEDULE_DELAY` | how long a span waits for its batch to fill, in ms | 5000 | beyond 1 to 4294967295 |
//! | `OTEL_BSP_EXPORT_TIMEOUT`, `OTEL_BSP_MAX_CONCURRENT_EXPORTS` | of no effect: one batch is exported after the other, each within `OTEL_EXPORTER_OTLP_TIMEOUT` | | no number |
//! | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, else `OTEL_ATTRIBUTE_COUNT_LIMIT`; `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT` | the limits of one span | [`Builder::span_limits`], else 128 each | beyond 0 to 4294967295 |
//! | `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, else `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | the most characters in a text of an attribute, also of events and links | [`Builder::attribute_value_length_limit`], else none | beyond 0 to 4294967295 |
//! | `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` | proxies, over HTTP, as reqwest has them | none | |
//! | `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` | whether the waterfall has colors | colors if stderr is a terminal | |
//! | `COLUMNS` | the width of the waterfall if stderr is not a terminal | 100 | |
//!
//! In the specification's table of what each language supports (`spec-compliance-matrix.md`), Rust has
//! a `-` for `OTEL_SDK_DISABLED`, `OTEL_TRACES_EXPORTER` and `OTEL_PROPAGATORS`.
//!
//! An exporter that is asked for and cannot be had (its feature is missing, its certificate is no
//! file) costs each span: they are counted as lost, and the report says why.
//!
//! # Configuration file
//!
//! With the feature `config-file`, `OTEL_CONFIG_FILE` names a file of OpenTelemetry's declarative
//! configuration, of version 1.0 or 1.1:
//!
//! ```yaml
//! file_format: "1.1"
//! resource:
//!   attributes:
//!   - { name: service.name, value: "${SERVICE_NAME:-hashing}" }
//! propagator:
//!   composite:
//!   - tracecontext:
//!   - baggage:
//! tracer_provider:
//!   sampler:
//!     parent_based:
//!       root:
//!         trace_id_ratio_based: { ratio: 0.1 }
//!   processors:
//!   - batch:
//!       exporter:
//!         otlp_http:
//!           endpoint: ${COLLECTOR:-http://localhost:4318}/v1/traces
//!           headers:
//!           - { name: api-key, value: "${API_KEY}" }
//!   - simple:
//!       exporter:
//!         console:
//! ```
//!
//! | section | what is supported | what is not |
//! | --- | --- | --- |
//! | `file_format` | 1.0, 1.1; a newer 1.x is warned of | other major versions are errors |
//! | `disabled` | yes; the propagators are set nevertheless | |
//! | `log_level` | `info` | others |
//! | `resource` | `attributes` with all types, `attributes_list`, `schema_url` | `detection/development`: no attribute of the process or the host is added |
//! | `attribute_limits`, `tracer_provider.limits` | all | |
//! | `propagator` | `composite` and `composite_list` with `tracecontext`, `baggage` | other propagators are errors |
//! | `tracer_provider.sampler` | `always_on`, `always_off`, `trace_id_ratio_based`, `parent_based` with its five delegates | other samplers are errors |
//! | `tracer_provider.processors` | `batch`, `simple` (the thread that ends a span waits for its export) | other processors are errors |
//! | their exporters | `otlp_http` and `otlp_grpc` (features `otlp`, `otlp-grpc`, `otlp-tls`), `console`: the waterfall, which draws a trace once it is complete, by either processor | other exporters are errors; `max_request_size`, `max_response_size` |
//! | `tracer_provider.id_generator` | `random` | other generators are errors |
//! | `tracer_provider.tracer_configurator/development` | | yes |
//! | `meter_provider`, `logger_provider`, `instrumentation/development`, `distribution` | | yes |
//!
//! `${NAME}`, `${env:NAME}` and `${NAME:-default}` in a value stand for an environment variable; `$$`
//! is a `$`. The type of a value is found after that: quotes make a string. A variable that is not set
//! gives null, with which a property counts as not set.
//!
//! A file that cannot be read, that does not conform to the schema, or that has a component that is not
//! supported, is an error ("Configuration SDK", "Parse" and "Create"): [`InitError`] names all
//! problems, each with its place and line. A property that is not supported is warned of and ignored. No
//! message has a value that comes from a variable. A file has at most 1 MiB and, with its aliases, 10,000
//! nodes. Without `tracer_provider` nothing is recorded.
//!
//! The file takes precedence over the [`Builder`] as the environment does: options in code count where
//! the file leaves them out, and a [span processor](Builder::span_processor) in code comes behind those
//! of the file. An [exporter](Builder::exporter) in code is not used.
//!
//! Of several exporters over OTLP the first one is that of [`Telemetry::spans`]: `exported` means that it
//! has the span. Each further one has an account of its own, [`Telemetry::further_exporters`], which is
//! also in the report; a report is clean if no exporter has lost a span.
//!
//! # Spans are counted
//!
//! [`Telemetry::spans`] and the [`TelemetryReport`] hold the number of spans that ended, were
//! exported, and were dropped. One thread exports, over one connection, from a bounded queue.
//!
//! A span counts as exported if the collector has said so. Spans that it rejects (`partial_success`)
//! are lost, and so is a batch whose answer is not a collector's: a page, a redirect, which is never
//! followed, another status than 200. An export that the collector refuses for a while (429, 502, 503,
//! 504, no answer; over gRPC the codes that OTLP names) is repeated three times, no earlier than
//! `Retry-After` allows. A batch that is too large for it is sent again in halves. Errors have the
//! cause, the address and its variable, and never a key.
//!
//! The thread that exports has no `tracing` subscriber: an export makes no spans, whatever the program
//! listens to.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod builder;
#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "config-file")]
mod configuration_file;
mod counts;
mod environment;
mod error;
mod further;
mod lists;
mod lost;
#[cfg(feature = "otlp")]
mod otlp;
mod processor;
mod provider;
mod report;
mod resource;
mod semaphore;
mod set_up;
mod settings;
mod source;
mod telemetry;
#[cfg(feature = "tracing")]
mod tracing_layer;
mod value_length;
mod warn;

pub use self::builder::Builder;
pub use self::counts::SpanCounts;
pub use self::environment::EnvironmentWarning;
pub use self::error::{FlushError, InitError};
pub use self::further::ExporterCounts;
pub use self::report::TelemetryReport;
pub use self::telemetry::Telemetry;
#[cfg(feature = "waterfall")]
#[cfg_attr(docsrs, doc(cfg(feature = "waterfall")))]
pub use traced_worker_waterfall::Picture;

/// Sets the SDK up from the environment and makes it the global tracer provider.
///
/// Keep the result until the program ends: dropping it shuts the telemetry down.
///
/// # Errors
///
/// Returns an error if the thread that draws traces cannot be started, or if the file that
/// `OTEL_CONFIG_FILE` names is not valid. An environment variable with an invalid value is warned of and
/// ignored.
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

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
//! | variable | meaning |
//! | --- | --- |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | export over OTLP (http/protobuf) to exactly this URL; needs the feature `otlp` |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the same, with `/v1/traces` added; the variable above goes first |
//! | `OTEL_EXPORTER_OTLP_{TRACES_,}PROTOCOL` | `http/protobuf` (the default); anything else is an error |
//! | `OTEL_EXPORTER_OTLP_{TRACES_,}HEADERS`, `.._TIMEOUT` | as `opentelemetry-otlp` reads them |
//! | `OTEL_SDK_DISABLED` | `true`: nothing is recorded, drawn or exported |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | the resource, as the SDK reads it |
//! | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | the sampler; `parentbased_always_on` by default |
//! | `OTEL_SPAN_*_COUNT_LIMIT`, `OTEL_BSP_*` | as the SDK reads them |
//! | `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` | whether the picture has colours |
//! | `COLUMNS` | the picture's width where it does not go to a terminal (default 100) |
//!
//! A variable that is set to nothing counts as not set. A value that cannot be meant is an
//! [`InitError`] that names the variable, the value and what is allowed, never a silent fallback.

mod builder;
mod environment;
mod error;
mod guard;
#[cfg(feature = "otlp")]
mod otlp;
mod picture;

pub use self::builder::Builder;
pub use self::error::{FlushError, InitError, ShutdownError};
pub use self::guard::Telemetry;

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

//! The settings that a source gives: the environment, or the file that it names.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::ShouldSample;

#[cfg(feature = "otlp")]
use crate::collector::Collector;

/// The largest export queue: its memory, some 500 bytes a span, is allocated at the start.
pub(crate) const MAX_QUEUE_SIZE: u64 = 1 << 20;

/// The settings of a program.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) exporters: Exporters,
    pub(crate) propagators: Vec<Propagator>,
    /// `None`: the one that is set in code, or the default.
    pub(crate) sampler: Option<Box<dyn ShouldSample>>,
    pub(crate) limits: Limits,
    pub(crate) processing: Processing,
    pub(crate) resource: ResourceSettings,
    /// `true`: no span is recorded.
    pub(crate) is_no_op: bool,
    /// `true`: an exporter that cannot be made is an error, not a warning.
    #[cfg_attr(
        not(feature = "otlp"),
        expect(dead_code, reason = "there is no such exporter")
    )]
    pub(crate) fails_fast: bool,
    /// `true`: a generator of ids that is set in code is not used.
    pub(crate) has_random_ids: bool,
}

/// The exporters: neither if nothing is exported.
#[derive(Debug)]
pub(crate) struct Exporters {
    /// `true` if traces are drawn in the terminal.
    #[cfg(feature = "waterfall")]
    pub(crate) console: bool,
    /// The exporter whose spans are counted as exported.
    pub(crate) otlp: Otlp,
    /// More of them.
    #[cfg(feature = "otlp")]
    pub(crate) further: Vec<(Collector, Processing)>,
}

impl Exporters {
    #[cfg_attr(
        not(feature = "waterfall"),
        expect(unused_variables, reason = "there is no waterfall")
    )]
    pub(crate) fn new(console: bool, otlp: Otlp) -> Self {
        Self {
            #[cfg(feature = "waterfall")]
            console,
            otlp,
            #[cfg(feature = "otlp")]
            further: Vec::new(),
        }
    }
}

/// The export over OTLP.
#[derive(Debug)]
pub(crate) enum Otlp {
    Off,
    /// By the exporter that is set in code.
    InCode,
    #[cfg(feature = "otlp")]
    To(Box<Collector>),
    /// It is asked for, and cannot be had, for this reason.
    Unavailable(String),
}

/// A propagator of the W3C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagator {
    TraceContext,
    Baggage,
}

/// The limits of one span that are set: OpenTelemetry specification, "Attribute Limits" and "Span
/// Limits".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) attributes: Option<u32>,
    pub(crate) events: Option<u32>,
    pub(crate) links: Option<u32>,
    pub(crate) event_attributes: Option<u32>,
    pub(crate) link_attributes: Option<u32>,
    /// In characters.
    pub(crate) value_length: Option<usize>,
}

/// The processor before an exporter: OpenTelemetry specification, "Built-in span processors".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Processing {
    Batch(Batch),
    /// Each span is exported by the thread that ends it.
    #[cfg(feature = "config-file")]
    Simple,
}

impl Default for Processing {
    fn default() -> Self {
        Self::Batch(Batch::default())
    }
}

/// The batch processor's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// The number of spans in the export queue at most.
    pub(crate) queue_size: usize,
    pub(crate) export_size: usize,
    pub(crate) delay: Duration,
}

/// OpenTelemetry specification, "Batching processor".
impl Default for Batch {
    fn default() -> Self {
        Self {
            queue_size: 2048,
            export_size: 512,
            delay: Duration::from_secs(5),
        }
    }
}

/// The part of the resource that is set.
#[derive(Debug, PartialEq)]
pub(crate) struct ResourceSettings {
    pub(crate) service_name: Option<String>,
    /// Of two with one key the later one counts.
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) schema_url: Option<String>,
    /// `true`: attributes of the process and the host are added.
    pub(crate) is_detected: bool,
}

impl Default for ResourceSettings {
    fn default() -> Self {
        Self {
            service_name: None,
            attributes: Vec::new(),
            schema_url: None,
            is_detected: true,
        }
    }
}

//! Makes the telemetry of the options in code and the settings of the environment.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{
    IdGenerator, Sampler, SdkTracerProvider, ShouldSample, SpanLimits, SpanProcessor,
};

use crate::builder::Builder;
#[cfg(feature = "otlp")]
use crate::collector::Collector;
use crate::counts::{Counters, CountingProcessor};
use crate::error::InitError;
#[cfg(feature = "otlp")]
use crate::further::FurtherExporter;
use crate::lost::LostSpans;
#[cfg(feature = "otlp")]
use crate::processor::processor;
use crate::resource::resource;
use crate::settings::{Otlp, Processing, Propagator, Settings};
use crate::source;
use crate::telemetry::Telemetry;
use crate::warn::warn;

impl Builder {
    /// Makes the telemetry, and returns it with the propagators to set: none if the list is empty.
    /// Nothing that is global to the process is changed.
    pub(crate) fn set_up(
        mut self,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<(Telemetry, Vec<Propagator>), InitError> {
        let has_exporter = self.exporter.is_some();
        let (settings, warnings) = source::read(lookup, has_exporter)?;
        if self.strict && !warnings.is_empty() {
            return Err(InitError::Environment(warnings));
        }
        for warning in &warnings {
            let is_ignored = warning.variable() != source::CONFIG_FILE;
            let end = if is_ignored {
                " The value is ignored."
            } else {
                ""
            };
            warn(&format!("{warning}.{end}"));
        }
        let propagators = settings.as_ref().map(|it| it.propagators.clone());
        let propagators = propagators.unwrap_or_default();
        let Some(settings) = settings.filter(|it| !it.is_no_op) else {
            let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff);
            let (provider, counters) = (provider.build(), Arc::default());
            let telemetry = Telemetry::new(provider, None, counters, Vec::new(), warnings);
            return Ok((telemetry, propagators));
        };
        let counters = Arc::new(Counters::new(!matches!(settings.exporters.otlp, Otlp::Off)));
        // The exporter comes first: a terminal that takes no output must not delay it.
        let mut processors: Vec<Box<dyn SpanProcessor>> = Vec::new();
        let endpoint = match settings.exporters.otlp {
            Otlp::Off => None,
            Otlp::InCode => {
                let exporter = self.exporter.take();
                processors.extend(exporter.map(|CodeExporter(start)| {
                    start(&counters, settings.processing, self.exporter_timeout)
                }));
                None
            }
            #[cfg(feature = "otlp")]
            Otlp::To(ref collector) => {
                processors.push(self.otlp(
                    collector,
                    settings.processing,
                    &counters,
                    self.strict || settings.fails_fast,
                )?);
                Some(collector.address())
            }
            Otlp::Unavailable(ref reason) => {
                processors.push(Box::new(LostSpans::new(reason.clone(), &counters)));
                None
            }
        };
        #[cfg(feature = "otlp")]
        let further = self.further(&settings.exporters.further, &mut processors)?;
        #[cfg(not(feature = "otlp"))]
        let further = Vec::new();
        #[cfg(feature = "waterfall")]
        if settings.exporters.console {
            let waterfall = std::mem::take(&mut self.waterfall)
                .build()
                .map_err(InitError::Thread)?;
            processors.push(Box::new(waterfall));
        }
        processors.append(&mut self.processors);
        let provider = self.provider(settings, processors, &counters);
        let telemetry = Telemetry::new(provider, endpoint, counters, further, warnings);
        Ok((telemetry, propagators))
    }

    /// All that the SDK would read from the environment is set.
    fn provider(
        self,
        settings: Settings,
        processors: Vec<Box<dyn SpanProcessor>>,
        counters: &Arc<Counters>,
    ) -> SdkTracerProvider {
        let (limits, default) = (settings.limits, self.limits);
        let sampler: Box<dyn ShouldSample> = match (settings.sampler, self.sampler) {
            (Some(sampler), _) | (None, Some(sampler)) => sampler,
            (None, None) => Box::new(Sampler::ParentBased(Box::new(Sampler::AlwaysOn))),
        };
        let mut builder = SdkTracerProvider::builder()
            .with_resource(resource(self.service, self.attributes, settings.resource))
            .with_sampler(sampler)
            .with_span_limits(SpanLimits {
                max_attributes_per_span: limits
                    .attributes
                    .unwrap_or(default.max_attributes_per_span),
                max_events_per_span: limits.events.unwrap_or(default.max_events_per_span),
                max_links_per_span: limits.links.unwrap_or(default.max_links_per_span),
                max_attributes_per_event: limits
                    .event_attributes
                    .unwrap_or(default.max_attributes_per_event),
                max_attributes_per_link: limits
                    .link_attributes
                    .unwrap_or(default.max_attributes_per_link),
            });
        let generator = self.id_generator.filter(|_| !settings.has_random_ids);
        if let Some(generator) = generator {
            builder = builder.with_id_generator(BoxedIds(generator));
        }
        if !processors.is_empty() {
            let counting = CountingProcessor::new(processors, Arc::clone(counters));
            let value_length = limits.value_length.or(self.value_length);
            builder = builder.with_span_processor(counting.with_value_length(value_length));
        }
        builder.build()
    }

    /// Adds a processor for each exporter behind the first one. Each counts its own spans.
    #[cfg(feature = "otlp")]
    fn further(
        &self,
        exporters: &[(Collector, Processing)],
        processors: &mut Vec<Box<dyn SpanProcessor>>,
    ) -> Result<Vec<FurtherExporter>, InitError> {
        let mut further = Vec::new();
        for (collector, processing) in exporters {
            let counters = Arc::new(Counters::new(true));
            let processor = self.otlp(collector, *processing, &counters, true)?;
            let counting = CountingProcessor::new(vec![processor], Arc::clone(&counters));
            processors.push(Box::new(counting));
            further.push(FurtherExporter {
                endpoint: collector.address(),
                counters,
            });
        }
        Ok(further)
    }

    #[cfg(feature = "otlp")]
    fn otlp(
        &self,
        collector: &Collector,
        processing: Processing,
        counters: &Arc<Counters>,
        fails_fast: bool,
    ) -> Result<Box<dyn SpanProcessor>, InitError> {
        let reason = match crate::otlp::Exporter::start(collector) {
            Ok(exporter) => {
                return Ok(processor(
                    exporter,
                    counters,
                    processing,
                    self.exporter_timeout,
                ));
            }
            Err(reason) => reason,
        };
        let error = InitError::Exporter {
            collector: collector.to_string(),
            reason,
        };
        if fails_fast {
            return Err(error);
        }
        let reason = error.to_string();
        warn(&reason);
        Ok(Box::new(LostSpans::new(reason, counters)))
    }
}

/// An exporter that is set in code: it makes its batch processor.
pub(crate) struct CodeExporter(pub(crate) Box<StartExporter>);

pub(crate) type StartExporter =
    dyn FnOnce(&Arc<Counters>, Processing, Duration) -> Box<dyn SpanProcessor> + Send + Sync;

impl fmt::Debug for CodeExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The SDK takes no boxed generator.
#[derive(Debug)]
struct BoxedIds(Box<dyn IdGenerator>);

impl IdGenerator for BoxedIds {
    fn new_trace_id(&self) -> TraceId {
        self.0.new_trace_id()
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

#[cfg(all(test, feature = "otlp", feature = "waterfall"))]
mod tests;

//! The processor before an exporter.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "config-file")]
use opentelemetry_sdk::trace::SimpleSpanProcessor;
use opentelemetry_sdk::trace::SpanProcessor;

#[cfg(feature = "config-file")]
use crate::batch::CountingExporter;
use crate::batch::{Deliver, batch_processor};
use crate::counts::Counters;
use crate::settings::Processing;

/// Returns the processor with counters around it. `timeout` is that of a wait for the export queue.
///
/// With a simple processor the thread that ends a span waits for its export, and for those of other
/// threads.
pub(crate) fn processor(
    receiver: impl Deliver,
    counters: &Arc<Counters>,
    processing: Processing,
    timeout: Duration,
) -> Box<dyn SpanProcessor> {
    match processing {
        Processing::Batch(batch) => Box::new(batch_processor(receiver, counters, batch, timeout)),
        #[cfg(feature = "config-file")]
        Processing::Simple => {
            let exporter = CountingExporter::new(receiver, counters);
            Box::new(SimpleSpanProcessor::new(exporter))
        }
    }
}

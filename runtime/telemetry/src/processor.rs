//! The processor before an exporter.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanProcessor;

use crate::batch::{Deliver, batch_processor};
use crate::counts::Counters;
use crate::settings::Processing;

/// Returns the processor with counters around it. `timeout` is that of a wait for the export queue.
pub(crate) fn processor(
    receiver: impl Deliver,
    counters: &Arc<Counters>,
    processing: Processing,
    timeout: Duration,
) -> Box<dyn SpanProcessor> {
    match processing {
        Processing::Batch(batch) => Box::new(batch_processor(receiver, counters, batch, timeout)),
    }
}

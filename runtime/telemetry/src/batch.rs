//! The SDK's batch processor with counters around it.
//!
//! A span passes `CountingProcessor` (started, ended) -> `BoundedProcessor` (has a permit, or the
//! queue is full) -> the SDK's queue and thread -> `CountingExporter` (exported, or failed) -> the
//! receiver.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::AddAssign;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

use crate::counts::Counters;
use crate::semaphore::Semaphore;
use crate::settings::Batch;
use crate::warn::warn;

/// Returns a processor that exports in batches. While its queue is full, the end of a span waits for
/// at most `timeout`.
pub(crate) fn batch_processor(
    receiver: impl Deliver,
    counters: &Arc<Counters>,
    batch: Batch,
    timeout: Duration,
) -> BoundedProcessor {
    let permits = Arc::new(Semaphore::new(batch.queue_size, timeout));
    let exporter = CountingExporter {
        receiver,
        counters: Arc::clone(counters),
        permits: Some(Arc::clone(&permits)),
        has_warned: AtomicBool::new(false),
    };
    // All that the SDK would read from the environment is set.
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(batch.queue_size)
        .with_max_export_batch_size(batch.export_size)
        .with_scheduled_delay(batch.delay);
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config.build())
        .build();
    BoundedProcessor {
        processor,
        counters: Arc::clone(counters),
        permits,
    }
}

/// A batch processor that is given no more spans than its queue holds.
#[derive(Debug)]
pub(crate) struct BoundedProcessor {
    processor: BatchSpanProcessor,
    counters: Arc<Counters>,
    permits: Arc<Semaphore>,
}

impl SpanProcessor for BoundedProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.processor.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        if self.permits.acquire() {
            self.processor.on_end(span);
        } else {
            self.counters.drop_queue_full();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let result = self.processor.shutdown_with_timeout(timeout);
        self.permits.close();
        result
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

/// Delivers batches of spans.
pub(crate) trait Deliver: fmt::Debug + Send + Sync + 'static {
    /// Delivers the spans as far as that is possible.
    fn deliver(&self, batch: Vec<SpanData>) -> impl Future<Output = Delivery> + Send;

    /// Sets the resource that all spans have. It is called before the first delivery.
    fn set_resource(&mut self, resource: &Resource);

    /// Ends what it has begun, after the last delivery.
    fn shutdown(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The result of a delivery: each span of the batch is in one of the two numbers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The number of spans that the receiver has, by its own word.
    pub(crate) exported: usize,
    pub(crate) failed: usize,
    /// The reason of the last failure.
    pub(crate) error: Option<String>,
    /// A sentence of the receiver about spans that it has taken.
    pub(crate) warning: Option<String>,
}

impl Delivery {
    pub(crate) fn failed(spans: usize, error: String) -> Self {
        Self {
            failed: spans,
            error: Some(error),
            ..Self::default()
        }
    }
}

impl AddAssign for Delivery {
    fn add_assign(&mut self, other: Self) {
        self.exported += other.exported;
        self.failed += other.failed;
        self.error = other.error.or(self.error.take());
        self.warning = other.warning.or(self.warning.take());
    }
}

/// An exporter of the program's own: a batch is exported as a whole, or not at all.
#[derive(Debug)]
pub(crate) struct Whole<E>(pub(crate) E);

impl<E: SpanExporter + 'static> Deliver for Whole<E> {
    async fn deliver(&self, batch: Vec<SpanData>) -> Delivery {
        let spans = batch.len();
        match self.0.export(batch).await {
            Ok(()) => Delivery {
                exported: spans,
                ..Delivery::default()
            },
            Err(error) => Delivery::failed(spans, error.to_string()),
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }
}

/// The exporter that the SDK sees: it counts what is delivered, and catches panics.
#[derive(Debug)]
pub(crate) struct CountingExporter<D> {
    receiver: D,
    counters: Arc<Counters>,
    /// Those of the queue, if there is one.
    permits: Option<Arc<Semaphore>>,
    /// `true` once the receiver's warning was passed on: it may stand in each of its answers.
    has_warned: AtomicBool,
}

#[cfg(feature = "config-file")]
impl<D> CountingExporter<D> {
    /// Returns an exporter without a queue before it.
    pub(crate) fn new(receiver: D, counters: &Arc<Counters>) -> Self {
        Self {
            receiver,
            counters: Arc::clone(counters),
            permits: None,
            has_warned: AtomicBool::new(false),
        }
    }
}

impl<D: Deliver> SpanExporter for CountingExporter<D> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        // They have left the queue.
        if let Some(permits) = &self.permits {
            permits.release(spans);
        }
        let mut delivery = pin!(async { self.receiver.deliver(batch).await });
        // A panic would end the batch processor's thread, and every later span would be lost.
        let delivery = poll_fn(|cx| {
            let polled = catch_unwind(AssertUnwindSafe(|| delivery.as_mut().poll(cx)));
            polled.unwrap_or_else(|payload| {
                // Dropping the payload could panic again.
                std::mem::forget(payload);
                Poll::Ready(Delivery::failed(spans, "the exporter panicked".into()))
            })
        })
        .await;
        if let Some(message) = delivery.warning
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            warn(&message);
        }
        self.counters.export(delivery.exported);
        match delivery.error {
            None => Ok(()),
            Some(error) => {
                self.counters.fail_export(delivery.failed, error.clone());
                Err(OTelSdkError::InternalFailure(error))
            }
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.receiver.shutdown(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.receiver.set_resource(resource);
    }
}

#[cfg(test)]
mod tests;

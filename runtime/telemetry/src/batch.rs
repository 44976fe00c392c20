//! The SDK's batch processor with counters around it.
//!
//! A span passes `CountingProcessor` (started, ended) -> `BoundedProcessor` (has a permit, or the
//! queue is full) -> the SDK's queue and thread -> `CountingExporter` (exported, or failed) -> the
//! exporter.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
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

/// Returns a processor that exports in batches, from a queue of `queue_size` spans. While the queue
/// is full, the end of a span waits for at most `timeout`.
pub(crate) fn batch_processor<E: SpanExporter + 'static>(
    exporter: E,
    counters: &Arc<Counters>,
    config: BatchConfigBuilder,
    queue_size: usize,
    timeout: Duration,
) -> BoundedProcessor {
    let permits = Arc::new(Semaphore::new(queue_size, timeout));
    let exporter = CountingExporter {
        exporter,
        counters: Arc::clone(counters),
        permits: Arc::clone(&permits),
    };
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config.with_max_queue_size(queue_size).build())
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

/// An exporter that counts the spans that another one exports, and catches its panics.
#[derive(Debug)]
struct CountingExporter<E> {
    exporter: E,
    counters: Arc<Counters>,
    permits: Arc<Semaphore>,
}

impl<E: SpanExporter> SpanExporter for CountingExporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        // They have left the queue.
        self.permits.release(spans);
        let mut export = pin!(async { self.exporter.export(batch).await });
        // A panic would end the batch processor's thread, and every later span would be lost.
        let result = poll_fn(|cx| {
            let polled = catch_unwind(AssertUnwindSafe(|| export.as_mut().poll(cx)));
            polled.unwrap_or_else(|payload| {
                // Dropping the payload could panic again.
                std::mem::forget(payload);
                Poll::Ready(Err(OTelSdkError::InternalFailure(
                    "the exporter panicked".into(),
                )))
            })
        })
        .await;
        match &result {
            Ok(()) => self.counters.export(spans),
            Err(error) => self.counters.fail_export(spans, error.to_string()),
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests;

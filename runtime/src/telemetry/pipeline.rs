//! The SDK's batch processor between two counters.
//!
//! A span goes `Counted` (ended) -> `Gated` (has a place in the queue, or found none) -> the SDK's
//! queue and thread -> `Metered` (exported, or failed) -> the exporter.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

use super::account::Account;
use super::counted::Counted;
use super::gate::Gate;

/// Exports in batches, from a queue of this length; a span waits `patience` for a place in it.
pub(super) fn batching<E: SpanExporter + 'static>(
    exporter: E,
    account: &Arc<Account>,
    queue: usize,
    patience: Duration,
) -> Counted<Gated> {
    let gate = Arc::new(Gate::new(queue, patience));
    let exporter = Metered {
        exporter,
        account: Arc::clone(account),
        gate: Arc::clone(&gate),
    };
    let config = BatchConfigBuilder::default().with_max_queue_size(queue);
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(config.build())
        .build();
    let gated = Gated {
        processor,
        account: Arc::clone(account),
        gate,
    };
    Counted::new(gated, Arc::clone(account))
}

/// Hands over what there is a place for in the processor's queue.
#[derive(Debug)]
pub(super) struct Gated {
    processor: BatchSpanProcessor,
    account: Arc<Account>,
    gate: Arc<Gate>,
}

impl SpanProcessor for Gated {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.processor.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        if self.gate.enter() {
            self.processor.on_end(span);
        } else {
            self.account.find_no_room();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.processor.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let result = self.processor.shutdown_with_timeout(timeout);
        self.gate.close();
        result
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.processor.set_resource(resource);
    }
}

/// Counts what an exporter takes.
#[derive(Debug)]
struct Metered<E> {
    exporter: E,
    account: Arc<Account>,
    gate: Arc<Gate>,
}

impl<E: SpanExporter> SpanExporter for Metered<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        // They have left the queue.
        self.gate.leave(spans);
        let result = self.exporter.export(batch).await;
        match &result {
            Ok(()) => self.account.export(spans),
            Err(error) => self.account.fail(spans, error.to_string()),
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

//! Counts the sampled spans that start and end, and passes them on.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::account::Account;

/// In front of the processor whose account it is.
#[derive(Debug)]
pub(super) struct Counted<P> {
    next: P,
    account: Arc<Account>,
}

impl<P: SpanProcessor> Counted<P> {
    pub(super) fn new(next: P, account: Arc<Account>) -> Self {
        Self { next, account }
    }
}

impl<P: SpanProcessor> SpanProcessor for Counted<P> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        if span.span_context().is_sampled() {
            self.account.start();
            self.next.on_start(span, cx);
        }
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            self.account.end();
            self.next.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

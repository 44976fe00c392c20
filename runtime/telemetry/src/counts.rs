//! Counts every sampled span, from its start to its export or loss.
//!
//! The SDK's batch processor does not report how many spans it drops. So spans are counted before it
//! and behind it.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::value_length;

/// The number of spans in each state: see [`Telemetry::spans`](crate::Telemetry::spans).
///
/// Only sampled spans are counted. After a shutdown `ended` = `exported` + `dropped`, and `dropped`
/// = `dropped_queue_full` + `dropped_export_failed` + `dropped_at_shutdown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SpanCounts {
    /// Spans that have ended.
    pub ended: u64,
    /// Spans that the collector accepted. Without a collector: spans that were given to the
    /// waterfall.
    pub exported: u64,
    /// Spans that are lost.
    pub dropped: u64,
    /// Spans dropped because the export queue was full (after the wait, if
    /// [`wait_for_exporter`](crate::Builder::wait_for_exporter) is set).
    pub dropped_queue_full: u64,
    /// Spans dropped because their export failed, after the retries that OTLP allows.
    pub dropped_export_failed: u64,
    /// Spans that were still queued, or being exported, when the timeout of the shutdown had
    /// passed. Zero before the shutdown.
    pub dropped_at_shutdown: u64,
    /// Spans that have started and not ended. After a shutdown they are lost, too.
    pub open: u64,
}

impl fmt::Display for SpanCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ended, {} exported, {} dropped",
            self.ended, self.exported, self.dropped
        )?;
        let reasons = [
            (self.dropped_queue_full, "queue full"),
            (self.dropped_export_failed, "export failed"),
            (self.dropped_at_shutdown, "not exported in time"),
        ];
        let mut before = " (";
        for (spans, reason) in reasons.into_iter().filter(|(spans, _)| *spans > 0) {
            write!(f, "{before}{spans} {reason}")?;
            before = ", ";
        }
        if before == ", " {
            f.write_str(")")?;
        }
        if self.open > 0 {
            write!(f, ", {} still open", self.open)?;
        }
        Ok(())
    }
}

/// The counters that threads which start and end spans share with the exporter's thread.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Without an exporter, a span is exported when it is given to the waterfall.
    has_exporter: bool,
    started: AtomicU64,
    ended: AtomicU64,
    queue_full: AtomicU64,
    exported: AtomicU64,
    export_failed: AtomicU64,
    last_error: Mutex<Option<String>>,
    /// Threads that wait until no span is open. While it is zero, the end of a span takes no lock.
    waiters: AtomicUsize,
    closed: Mutex<bool>,
    none_open: Condvar,
}

impl Counters {
    pub(crate) fn new(has_exporter: bool) -> Self {
        Self {
            has_exporter,
            ..Self::default()
        }
    }

    /// The number of spans in failed exports.
    pub(crate) fn export_failed(&self) -> u64 {
        self.export_failed.load(Ordering::Acquire)
    }

    pub(crate) fn last_error(&self) -> Option<String> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the counts while spans may still be on their way to the exporter.
    pub(crate) fn so_far(&self) -> SpanCounts {
        let mut counts = self.read();
        counts.dropped = counts.dropped_queue_full + counts.dropped_export_failed;
        counts
    }

    /// Returns the counts when nothing is exported any more: every other span is lost.
    pub(crate) fn at_shutdown(&self) -> SpanCounts {
        let mut counts = self.read();
        counts.dropped = counts.ended.saturating_sub(counts.exported);
        counts.dropped_at_shutdown = counts
            .dropped
            .saturating_sub(counts.dropped_queue_full + counts.dropped_export_failed);
        counts
    }

    /// Blocks until no span is open, `timeout` has passed, or [`close`](Self::close) is called.
    /// Returns the number of open spans.
    pub(crate) fn wait_for_open_spans(&self, timeout: Duration) -> u64 {
        let deadline = Instant::now().checked_add(timeout);
        let mut closed = self.lock();
        // Before the counters are read: a span that ends after that sees the waiter. Both sides
        // write one variable and then read the other, so the order must be sequentially consistent.
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let open = loop {
            let open = self.open();
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if open == 0 || *closed || left.is_zero() {
                break open;
            }
            closed = self
                .none_open
                .wait_timeout(closed, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        };
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        open
    }

    /// Wakes the threads that wait for open spans: the end of a span is not counted any more.
    pub(crate) fn close(&self) {
        *self.lock() = true;
        self.none_open.notify_all();
    }

    #[cfg(test)]
    pub(crate) fn waiters(&self) -> usize {
        self.waiters.load(Ordering::SeqCst)
    }

    fn start(&self) {
        self.started.fetch_add(1, Ordering::SeqCst);
    }

    fn end(&self) {
        let ended = self.ended.fetch_add(1, Ordering::SeqCst) + 1;
        if self.waiters.load(Ordering::SeqCst) > 0 && self.started.load(Ordering::SeqCst) <= ended {
            // With the lock, a waiter either has not read the counters yet or sleeps.
            drop(self.lock());
            self.none_open.notify_all();
        }
    }

    /// `ended` is read first: the result is zero only if no span was open at that moment.
    fn open(&self) -> u64 {
        let ended = self.ended.load(Ordering::SeqCst);
        self.started.load(Ordering::SeqCst).saturating_sub(ended)
    }

    /// Reads later states of a span first, so that no count is larger than one that includes it.
    fn read(&self) -> SpanCounts {
        let export_failed = self.export_failed();
        let exported = self.exported.load(Ordering::Acquire);
        let queue_full = self.queue_full.load(Ordering::Acquire);
        let ended = self.ended.load(Ordering::SeqCst);
        let started = self.started.load(Ordering::SeqCst);
        // The end of a span is counted when it was handed over. Its export may come before that.
        let ended = ended.max(export_failed + exported + queue_full);
        SpanCounts {
            ended,
            exported: if self.has_exporter { exported } else { ended },
            dropped_queue_full: queue_full,
            dropped_export_failed: export_failed,
            open: started.saturating_sub(ended),
            ..SpanCounts::default()
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters {
    pub(crate) fn drop_queue_full(&self) {
        self.queue_full.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn export(&self, spans: usize) {
        self.exported.fetch_add(spans as u64, Ordering::Release);
    }

    pub(crate) fn fail_export(&self, spans: usize, error: String) {
        *self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(error);
        // After the text: a thread that reads the count finds the text.
        self.export_failed
            .fetch_add(spans as u64, Ordering::Release);
    }
}

/// A span processor that counts sampled spans, and passes them on to other processors.
#[derive(Debug)]
pub(crate) struct CountingProcessor {
    next: Vec<Box<dyn SpanProcessor>>,
    counters: Arc<Counters>,
    value_length: Option<usize>,
}

impl CountingProcessor {
    pub(crate) fn new(next: Vec<Box<dyn SpanProcessor>>, counters: Arc<Counters>) -> Self {
        Self {
            next,
            counters,
            value_length: None,
        }
    }

    /// Cuts the texts in attributes to this number of characters.
    pub(crate) fn with_value_length(mut self, limit: Option<usize>) -> Self {
        self.value_length = limit;
        self
    }
}

impl SpanProcessor for CountingProcessor {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        if span.span_context().is_sampled() {
            self.counters.start();
            for next in &self.next {
                next.on_start(span, cx);
            }
        }
    }

    fn on_end(&self, mut span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        // The end counts once every processor has the span: then a flush finds it.
        let _end = EndGuard(&self.counters);
        if let Some(limit) = self.value_length {
            value_length::truncate(&mut span, limit);
        }
        if let Some((last, others)) = self.next.split_last() {
            for next in others {
                next.on_end(span.clone());
            }
            last.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        let results = self.next.iter().map(|next| next.force_flush());
        // All of them, though the first error is the result.
        results.fold(Ok(()), Result::and)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let start = Instant::now();
        let results = self
            .next
            .iter()
            .map(|next| next.shutdown_with_timeout(timeout.saturating_sub(start.elapsed())));
        results.fold(Ok(()), Result::and)
    }

    fn set_resource(&mut self, resource: &Resource) {
        for next in &mut self.next {
            next.set_resource(resource);
        }
    }
}

/// Counts the end of a span when it is dropped, even if the next processor panics.
struct EndGuard<'a>(&'a Counters);

impl Drop for EndGuard<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[cfg(test)]
mod tests;

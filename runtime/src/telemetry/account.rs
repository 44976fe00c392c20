//! What became of the spans, counted where it happens.
//!
//! The batch processor drops without telling, so nobody is asked: what ends is counted before it,
//! what is taken behind it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::report::Spans;

/// Written by every thread that starts or ends a span, and by the exporter's.
#[derive(Debug, Default)]
pub(super) struct Account {
    /// What has ended is taken at once: it goes to the picture.
    at_once: bool,
    started: AtomicU64,
    ended: AtomicU64,
    no_room: AtomicU64,
    exported: AtomicU64,
    failed: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl Account {
    /// Of spans that are handed to an exporter, or `at_once` taken by the picture.
    pub(super) fn new(at_once: bool) -> Self {
        Self {
            at_once,
            ..Self::default()
        }
    }

    pub(super) fn start(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// How many spans were in batches that the exporter could not deliver.
    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Acquire)
    }

    pub(super) fn last_error(&self) -> Option<String> {
        self.last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The figures while spans may still be on their way to the exporter.
    pub(super) fn so_far(&self) -> Spans {
        let mut spans = self.read();
        spans.dropped = spans.no_room + spans.failed;
        spans
    }

    /// The figures when nothing is exported any more: what was not taken is lost.
    pub(super) fn closed(&self) -> Spans {
        let mut spans = self.read();
        spans.dropped = spans.ended.saturating_sub(spans.exported);
        spans.unsent = spans.dropped.saturating_sub(spans.no_room + spans.failed);
        spans
    }

    /// What comes later in a span's life is read first, so that no figure is larger than the one
    /// that it is a part of.
    fn read(&self) -> Spans {
        let failed = self.failed();
        let exported = self.exported.load(Ordering::Acquire);
        let no_room = self.no_room.load(Ordering::Acquire);
        let ended = self.ended.load(Ordering::Acquire);
        let started = self.started.load(Ordering::Acquire);
        Spans {
            ended,
            exported: if self.at_once { ended } else { exported },
            no_room,
            failed,
            open: started.saturating_sub(ended),
            ..Spans::default()
        }
    }
}

#[cfg(feature = "otlp")]
impl Account {
    pub(super) fn find_no_room(&self) {
        self.no_room.fetch_add(1, Ordering::Release);
    }

    pub(super) fn export(&self, spans: usize) {
        self.exported.fetch_add(spans as u64, Ordering::Release);
    }

    pub(super) fn fail(&self, spans: usize, error: String) {
        *self
            .last_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(error);
        // After the text, so that whoever sees the figure finds the text.
        self.failed.fetch_add(spans as u64, Ordering::Release);
    }
}

//! Tests of the printed form, and of waiting for open spans.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::{Counters, CountingProcessor, SpanCounts};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn the_reasons_of_dropped_spans_are_printed() {
    let counts = SpanCounts {
        ended: 20,
        exported: 10,
        dropped: 10,
        dropped_queue_full: 5,
        dropped_export_failed: 4,
        dropped_at_shutdown: 1,
        open: 6,
    };
    assert_eq!(
        counts.to_string(),
        "20 ended, 10 exported, 10 dropped (5 queue full, 4 export failed, \
         1 not exported in time), 6 still open"
    );
    assert_eq!(
        SpanCounts::default().to_string(),
        "0 ended, 0 exported, 0 dropped"
    );
}

/// A processor whose `on_end` reports that it was called, and then blocks until it is released.
#[derive(Debug)]
struct Held {
    called: mpsc::SyncSender<()>,
    release: Mutex<mpsc::Receiver<()>>,
}

impl SpanProcessor for Held {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {
        let _ = self.called.send(());
        let release = self.release.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = release.recv();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn provider(next: Vec<Box<dyn SpanProcessor>>, counters: &Arc<Counters>) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOn)
        .with_span_processor(CountingProcessor::new(next, Arc::clone(counters)))
        .build()
}

#[test]
fn a_span_is_open_until_every_processor_has_it() {
    let (called, calls) = mpsc::sync_channel(0);
    let (release, released) = mpsc::channel();
    let held = Held {
        called,
        release: Mutex::new(released),
    };
    let counters = Arc::new(Counters::new(true));
    let provider = provider(vec![Box::new(held)], &counters);
    let ending = thread::spawn(move || drop(provider.tracer("test").start("span")));
    assert_eq!(calls.recv(), Ok(()));
    assert_eq!(counters.wait_for_open_spans(Duration::ZERO), 1);
    drop(release);
    assert_eq!(counters.wait_for_open_spans(LONG), 0);
    ending.join().expect("no panic");
}

#[test]
fn every_waiter_is_woken_by_the_last_end() {
    for _ in 0..200 {
        let counters = Arc::new(Counters::new(false));
        let provider = provider(Vec::new(), &counters);
        let spans = [(); 4].map(|()| provider.tracer("test").start("span"));
        thread::scope(|scope| {
            let waiters = [(); 3].map(|()| scope.spawn(|| counters.wait_for_open_spans(LONG)));
            for span in spans {
                scope.spawn(move || drop(span));
            }
            for waiter in waiters {
                assert_eq!(waiter.join().expect("no panic"), 0);
            }
        });
        assert_eq!(counters.so_far().ended, 4);
    }
}

#[test]
fn closing_wakes_waiters() {
    let counters = Counters::new(true);
    counters.start();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| counters.wait_for_open_spans(LONG));
        while counters.waiters() == 0 {
            thread::yield_now();
        }
        counters.close();
        assert_eq!(waiter.join().expect("no panic"), 1);
    });
}

#[derive(Debug)]
struct Panics;

impl SpanProcessor for Panics {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {
        std::panic::resume_unwind(Box::new("on purpose"));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_processor_that_panics_leaves_no_span_open() {
    let counters = Arc::new(Counters::new(true));
    let provider = provider(vec![Box::new(Panics)], &counters);
    let span = provider.tracer("test").start("span");
    assert!(thread::spawn(move || drop(span)).join().is_err());
    assert_eq!(counters.wait_for_open_spans(LONG), 0);
}

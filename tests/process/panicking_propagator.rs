//! A global propagator that panics costs its own fields: neither the message nor the W3C fields.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{TraceFlags, TraceId};
use opentelemetry::{Context, global};
use traced_worker::traced_worker;
use traced_worker_tests::{Latch, Recorder, latch, local_context};

const NOTHING: u8 = 0;
const INJECT: u8 = 1;
const EXTRACT: u8 = 2;
const FIELDS: u8 = 3;

/// The calls that panic now.
static PANICS: AtomicU8 = AtomicU8::new(NOTHING);

fn panic_in(what: u8) {
    assert!(PANICS.load(Ordering::SeqCst) != what, "a propagator");
}

#[derive(Debug)]
struct Panics([String; 1]);

impl TextMapPropagator for Panics {
    fn inject_context(&self, _: &Context, injector: &mut dyn Injector) {
        panic_in(INJECT);
        injector.set(&self.0[0], "value".to_owned());
    }

    fn extract_with_context(&self, context: &Context, _: &dyn Extractor) -> Context {
        panic_in(EXTRACT);
        context.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        panic_in(FIELDS);
        FieldIter::new(&self.0)
    }
}

#[traced_worker]
fn work(latch: Option<Latch>) -> u32 {
    if let Some(latch) = latch {
        latch.hold();
    }
    7
}

/// One test, because the propagator belongs to the process.
#[test]
fn a_propagator_that_panics_loses_no_message() {
    global::set_text_map_propagator(Panics(["x-mine".to_owned()]));
    let context = local_context(7, 9, TraceFlags::SAMPLED);
    for panics in [NOTHING, INJECT, EXTRACT, FIELDS] {
        let recorder = Recorder::new();
        let pool = recorder.pool(work::pool());
        PANICS.store(panics, Ordering::SeqCst);
        let handle = pool.with_context(&context).dispatch(None).unwrap();
        assert_eq!(handle.wait().unwrap(), 7, "{panics}");
        let span = recorder.only("work");
        assert_eq!(span.span_context.trace_id(), TraceId::from(7), "{panics}");

        // Also in a shutdown that abandons.
        let (latch, release) = latch();
        pool.send(Some(latch)).unwrap();
        release.wait_until_held();
        let handles = [(); 3].map(|()| pool.with_context(&context).dispatch(None).unwrap());
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!((report.abandoned, report.running), (3, 1), "{panics}");
        for handle in handles {
            assert!(handle.wait().unwrap_err().is_abandoned());
        }
        PANICS.store(NOTHING, Ordering::SeqCst);
    }
}

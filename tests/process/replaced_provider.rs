//! A worker gives its tracer back when its thread goes to sleep. If that was the last use of a
//! provider that was replaced, the provider is dropped: it may panic, or take long.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use opentelemetry::{Context, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{HANGS, Latch, Recorder, ThreadProbe, latch, provider_builder};

/// The action of a processor when its provider is dropped.
enum End {
    Panics,
    Hangs(Receiver<()>),
}

struct Processor {
    /// Sent the thread's name.
    ends: Mutex<Sender<String>>,
    end: End,
}

impl fmt::Debug for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Processor")
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or_default().to_owned();
        self.ends.lock().unwrap().send(name).unwrap();
        match &self.end {
            End::Panics => panic!("a provider that is dropped"),
            End::Hangs(held) => {
                let _ = held.recv();
                Ok(())
            }
        }
    }
}

#[traced_worker]
fn work(latch: Option<Latch>) -> ThreadProbe {
    if let Some(latch) = latch {
        latch.hold();
    }
    ThreadProbe::current()
}

fn run(pool: &Pool<work>) -> ThreadProbe {
    let handle = pool.dispatch(None).unwrap();
    let output = handle.wait_timeout(HANGS).expect("the thread goes on");
    output.unwrap()
}

/// Installs a provider, runs a message with it, replaces it, and runs the next one.
fn replace(pool: &Pool<work>, end: End) {
    let (ends, ended) = crossbeam_channel::bounded(1);
    let ends = Mutex::new(ends);
    let provider = provider_builder()
        .with_span_processor(Processor { ends, end })
        .build();
    global::set_tracer_provider(provider);
    // The thread has no tracer of the provider before.
    run(pool).wait_until_blocked();
    let (latch, release) = latch();
    pool.send(Some(latch)).unwrap();
    release.wait_until_held();
    // The worker's tracer is the last user of the provider that is replaced.
    let recorder = Recorder::new();
    global::set_tracer_provider(recorder.provider().clone());
    assert!(ended.is_empty());
    release.release();
    let thread = ended.recv_timeout(HANGS).expect("the provider is dropped");
    assert!(!thread.starts_with("work"), "on the worker's thread");
    for _ in 0..100 {
        run(pool);
    }
}

/// One test, because the provider belongs to the process.
#[test]
fn a_provider_that_is_dropped_ends_and_delays_no_thread_of_a_pool() {
    let pool = work::pool().threads(1).start().unwrap();
    replace(&pool, End::Panics);
    let (release, held) = crossbeam_channel::bounded(0);
    replace(&pool, End::Hangs(held));
    drop(release);
    assert_eq!(pool.shutdown(Duration::MAX).panicked, 0);
}

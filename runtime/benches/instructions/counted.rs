//! What is counted: each runs a number of operations.

use std::hint::black_box;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::{Carrier, Pool, traced_worker};

/// Runs so many operations.
pub(crate) type Work = fn(u64);

pub(crate) const COUNTED: [(&str, Work); 6] = [
    ("inject", inject),
    ("extract", extract),
    ("headers", headers),
    ("dispatch-run-unsampled", dispatch_run_unsampled),
    ("dispatch-run-sampled", dispatch_run_sampled),
    ("dispatch-run-wait-unsampled", dispatch_run_wait_unsampled),
];

pub(crate) fn find(name: &str) -> Option<Work> {
    let found = COUNTED.iter().find(|(counted, _)| *counted == name);
    found.map(|(_, work)| *work)
}

fn context(flags: TraceFlags) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        flags,
        false,
        TraceState::NONE,
    ))
}

fn inject(operations: u64) {
    let context = context(TraceFlags::SAMPLED);
    for _ in 0..operations {
        black_box(Carrier::inject(black_box(&context)));
    }
}

fn extract(operations: u64) {
    let carrier = Carrier::inject(&context(TraceFlags::SAMPLED));
    for _ in 0..operations {
        black_box(black_box(&carrier).extract());
    }
}

/// A traceparent read and written again.
fn headers(operations: u64) {
    let headers = [(
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )];
    for _ in 0..operations {
        let carrier = Carrier::from_headers(black_box(headers));
        for field in carrier.headers() {
            black_box(field);
        }
    }
}

fn dispatch_run_unsampled(operations: u64) {
    dispatch_run(operations, TraceFlags::NOT_SAMPLED);
}

fn dispatch_run_sampled(operations: u64) {
    dispatch_run(operations, TraceFlags::SAMPLED);
}

#[traced_worker]
fn work(hold: Option<Receiver<()>>, message: [u64; 8]) {
    if let Some(hold) = hold {
        let _ = hold.recv();
    }
    black_box(message);
}

/// The thread is held until all messages are queued, so that nobody waits in between: waiting
/// takes as many instructions as it takes time.
fn held_pool(operations: u64, provider: &SdkTracerProvider) -> (Pool<work>, Sender<()>) {
    let queue = usize::try_from(operations + 1).unwrap_or(usize::MAX);
    let pool = work::pool()
        .threads(1)
        .queue(queue)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("a thread can be had");
    };
    let (release, hold) = bounded(0);
    let _ = pool.send((Some(hold), [7; 8]));
    (pool, release)
}

fn dispatch_run(operations: u64, flags: TraceFlags) {
    let provider = SdkTracerProvider::builder().build();
    let _guard = context(flags).attach();
    let (pool, release) = held_pool(operations, &provider);
    for _ in 0..operations {
        let _ = pool.send((None, [7; 8]));
    }
    drop(release);
    pool.shutdown(Duration::MAX);
}

/// The replies are waited for when all are there.
fn dispatch_run_wait_unsampled(operations: u64) {
    let provider = SdkTracerProvider::builder().build();
    let _guard = context(TraceFlags::NOT_SAMPLED).attach();
    let (pool, release) = held_pool(operations, &provider);
    let handles: Vec<_> = (0..operations)
        .filter_map(|_| pool.dispatch((None, [7; 8])).ok())
        .collect();
    drop(release);
    pool.shutdown(Duration::MAX);
    for handle in handles {
        let _ = black_box(handle.wait());
    }
}

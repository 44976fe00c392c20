//! The operations whose instructions are counted.

use std::hint::black_box;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::{Carrier, Pool, traced_worker};

/// Does an operation a number of times.
pub(crate) type Operation = fn(u64);

pub(crate) const OPERATIONS: [(&str, Operation); 6] = [
    ("inject", inject),
    ("extract", extract),
    ("headers", headers),
    ("dispatch-run-unsampled", dispatch_run_unsampled),
    ("dispatch-run-sampled", dispatch_run_sampled),
    ("dispatch-run-wait-unsampled", dispatch_run_wait_unsampled),
];

pub(crate) fn find(name: &str) -> Option<Operation> {
    let found = OPERATIONS.iter().find(|(other, _)| *other == name);
    found.map(|(_, operation)| *operation)
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

/// Reads a traceparent and writes it.
fn headers(operations: u64) {
    let headers = [(
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )];
    for _ in 0..operations {
        let carrier = Carrier::from_headers(black_box(headers));
        for field in &carrier.headers() {
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
fn blockable(block: Option<Receiver<()>>, message: [u64; 8]) {
    if let Some(block) = block {
        let _ = block.recv();
    }
    black_box(message);
}

/// Starts a pool whose thread is blocked until the sender is dropped. All messages are queued before
/// that, because the instructions of a wait depend on its length.
fn blocked_pool(operations: u64, provider: &SdkTracerProvider) -> (Pool<blockable>, Sender<()>) {
    let capacity = usize::try_from(operations + 1).unwrap_or(usize::MAX);
    let pool = blockable::pool()
        .threads(1)
        .queue_capacity(capacity)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("a thread can be started");
    };
    let (unblock, block) = bounded(0);
    let _ = pool.send((Some(block), [7; 8]));
    (pool, unblock)
}

fn dispatch_run(operations: u64, flags: TraceFlags) {
    let provider = SdkTracerProvider::builder().build();
    let _guard = context(flags).attach();
    let (pool, unblock) = blocked_pool(operations, &provider);
    for _ in 0..operations {
        let _ = pool.send((None, [7; 8]));
    }
    drop(unblock);
    pool.shutdown(Duration::MAX);
}

/// Waits for the replies when all of them are there.
fn dispatch_run_wait_unsampled(operations: u64) {
    let provider = SdkTracerProvider::builder().build();
    let _guard = context(TraceFlags::NOT_SAMPLED).attach();
    let (pool, unblock) = blocked_pool(operations, &provider);
    let handles: Vec<_> = (0..operations)
        .filter_map(|_| pool.dispatch((None, [7; 8])).ok())
        .collect();
    drop(unblock);
    pool.shutdown(Duration::MAX);
    for handle in handles {
        let _ = black_box(handle.wait());
    }
}

//! Allocations and memory of a dispatch and its run, on all threads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::System;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use traced_worker::traced_worker;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Message = [u64; 8];

#[traced_worker]
fn work(message: Message) {
    assert!(message[0] < 1_000_000);
}

const MESSAGES: u64 = 2_000;

/// Allocations a message, dispatched under a parent with these flags.
fn allocations(flags: TraceFlags) -> u64 {
    let provider = SdkTracerProvider::builder().build();
    let pool = work::pool()
        .threads(1)
        .queue(4_096)
        .tracer_provider(&provider)
        .start()
        .unwrap();
    let parent = SpanContext::new(
        TraceId::from(7),
        SpanId::from(9),
        flags,
        false,
        TraceState::NONE,
    );
    let _guard = Context::new().with_remote_span_context(parent).attach();
    let send = || {
        let before = pool.stats().completed;
        for number in 0..MESSAGES {
            pool.send([number; 8]).unwrap();
        }
        while pool.stats().completed < before + MESSAGES {
            std::thread::yield_now();
        }
    };
    // What the threads and the process allocate once.
    send();
    let region = Region::new(ALLOCATOR);
    send();
    let change = region.change();
    pool.shutdown(Duration::MAX);
    // A thread that parks in between allocates for its place in the channel's list.
    (change.allocations as u64 + MESSAGES / 2) / MESSAGES
}

#[test]
fn a_message_allocates_little() {
    // Its context; nothing for the carrier, the queue, or a reply that nobody wants.
    assert_eq!(allocations(TraceFlags::NOT_SAMPLED), 1);
    // Its context, the span's attributes, the span's box and the context that holds it.
    assert_eq!(allocations(TraceFlags::SAMPLED), 4);

    // A queued message takes its own size and 64 bytes.
    let queue = 100_000;
    let region = Region::new(ALLOCATOR);
    let pool = work::pool().threads(1).queue(queue).start().unwrap();
    let bytes = region.change().bytes_allocated;
    drop(pool);
    let most = queue * (size_of::<Message>() + 64);
    assert!(bytes <= most + 64 * 1024, "{bytes} > {most}");
}

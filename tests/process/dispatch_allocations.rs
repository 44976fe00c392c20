//! Allocations and memory of a dispatch and its run, on all threads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::System;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
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

/// The context of a dispatch span in a process of its own.
fn parent(span_id: u64, flags: TraceFlags) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(7),
        SpanId::from(span_id),
        flags,
        false,
        TraceState::NONE,
    ))
}

/// Allocations of each of `number` things that `work` does, rounded: a thread that parks in
/// between allocates for its place in the channel's list.
fn allocations_each(number: u64, mut work: impl FnMut()) -> u64 {
    // What the threads and the process allocate once.
    work();
    let region = Region::new(ALLOCATOR);
    work();
    (region.change().allocations as u64 + number / 2) / number
}

/// Allocations a message; one after the other is dispatched under each of `parents`.
fn of_messages(parents: &[Context]) -> u64 {
    let provider = SdkTracerProvider::builder().build();
    let pool = work::pool()
        .threads(1)
        .queue(4_096)
        .tracer_provider(&provider)
        .start()
        .unwrap();
    allocations_each(MESSAGES, || {
        let before = pool.stats().completed;
        for (number, parent) in (0..MESSAGES).zip(parents.iter().cycle()) {
            let _guard = parent.clone().attach();
            pool.send([number; 8]).unwrap();
        }
        while pool.stats().completed < before + MESSAGES {
            std::thread::yield_now();
        }
    })
}

/// Allocations of the least that a span under a parent at hand takes.
fn of_the_floor(flags: TraceFlags) -> u64 {
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("floor");
    let parent = parent(9, flags);
    allocations_each(MESSAGES, || {
        for _ in 0..MESSAGES {
            let span = tracer.start_with_context("work", &parent);
            let _guard = parent.with_span(span).attach();
        }
    })
}

#[test]
fn a_message_allocates_little() {
    // Under one dispatch span: nothing for the carrier, its context, the queue, or a reply that
    // nobody wants. The span's attributes take one more than a span without them.
    let one = |flags| [parent(9, flags)];
    assert_eq!(of_messages(&one(TraceFlags::NOT_SAMPLED)), 0);
    let floor = of_the_floor(TraceFlags::SAMPLED);
    assert_eq!(floor, 2, "the span's box and the context that holds it");
    assert_eq!(of_messages(&one(TraceFlags::SAMPLED)), floor + 1);

    // Under another dispatch span each time, its context has to be made.
    let two = |flags| [parent(9, flags), parent(10, flags)];
    assert_eq!(of_messages(&two(TraceFlags::NOT_SAMPLED)), 1);
    assert_eq!(of_messages(&two(TraceFlags::SAMPLED)), floor + 2);

    // A queued message takes its own size and 64 bytes.
    let queue = 100_000;
    let region = Region::new(ALLOCATOR);
    let pool = work::pool().threads(1).queue(queue).start().unwrap();
    let bytes = region.change().bytes_allocated;
    drop(pool);
    let most = queue * (size_of::<Message>() + 64);
    assert!(bytes <= most + 64 * 1024, "{bytes} > {most}");
}

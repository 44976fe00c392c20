//! Allocations and memory of a dispatch and its run, on all threads.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::alloc::System;

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, TraceFlags, Tracer as _, TracerProvider as _};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use traced_worker::traced_worker;
use traced_worker_tests::{local_context, provider_builder, wait_until};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Message = [u64; 8];

#[traced_worker]
fn work(message: Message) {
    assert!(message[0] < 1_000_000);
}

const MESSAGES: u64 = 2_000;

/// Returns the allocations of `work` divided by `number` and rounded, because a thread that parks
/// may allocate.
fn allocations_each(number: u64, mut work: impl FnMut()) -> u64 {
    // The first time, threads and process allocate what they keep.
    work();
    let region = Region::new(ALLOCATOR);
    work();
    (region.change().allocations as u64 + number / 2) / number
}

/// Returns the allocations of one message, dispatched under each of `parents` in turn.
fn of_messages(parents: &[Context]) -> u64 {
    let provider = provider_builder().build();
    let pool = work::pool()
        .threads(1)
        .queue_capacity(4_096)
        .tracer_provider(&provider)
        .start()
        .unwrap();
    allocations_each(MESSAGES, || {
        let before = pool.stats().completed;
        for (number, parent) in (0..MESSAGES).zip(parents.iter().cycle()) {
            let _guard = parent.clone().attach();
            pool.send([number; 8]).unwrap();
        }
        wait_until(|| pool.stats().completed == before + MESSAGES);
    })
}

/// Returns the allocations of a span without attributes that is started and attached under a
/// parent that exists.
fn of_spans(flags: TraceFlags) -> u64 {
    let provider = provider_builder().build();
    let tracer = provider.tracer("test");
    let parent = local_context(7, 9, flags);
    allocations_each(MESSAGES, || {
        for _ in 0..MESSAGES {
            let span = tracer.start_with_context("work", &parent);
            let _guard = parent.with_span(span).attach();
        }
    })
}

/// One test, because it counts the allocations of the whole process.
#[test]
fn a_message_allocates_little() {
    assert_allocations_of_a_message();
    assert_memory_of_a_queue();
}

fn assert_allocations_of_a_message() {
    // Under one dispatch span: none for the carrier, its context, the queue, and the missing
    // reply. The attributes of the span take one.
    let one = |flags| [local_context(7, 9, flags)];
    assert_eq!(of_messages(&one(TraceFlags::NOT_SAMPLED)), 0);
    let span = of_spans(TraceFlags::SAMPLED);
    assert_eq!(span, 2, "the span's box and the context that holds it");
    assert_eq!(of_messages(&one(TraceFlags::SAMPLED)), span + 1);

    // Under another dispatch span than the message before, its context takes one more.
    let two = |flags| [local_context(7, 9, flags), local_context(7, 10, flags)];
    assert_eq!(of_messages(&two(TraceFlags::NOT_SAMPLED)), 1);
    assert_eq!(of_messages(&two(TraceFlags::SAMPLED)), span + 2);
}

fn assert_memory_of_a_queue() {
    // A queued message takes its own size and 80 bytes, because the feature `tracing` is on.
    let queue = 100_000;
    let region = Region::new(ALLOCATOR);
    let pool = work::pool()
        .threads(1)
        .queue_capacity(queue)
        .start()
        .unwrap();
    let change = region.change();
    let bytes = change.bytes_allocated - change.bytes_deallocated;
    drop(pool);
    let most = queue * (size_of::<Message>() + 80);
    assert!(bytes <= most + 64 * 1024, "{bytes} > {most}");
}

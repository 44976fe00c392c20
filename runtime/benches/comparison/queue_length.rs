//! A queue that is filled while its only thread is blocked, and then emptied: of up to a million
//! messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;

use crate::Message;
use crate::channels::{job, message};
use crate::harness::{Contender, Section};
use crate::provider::{dispatch_context, provider};
use crate::report::Report;

/// Blocks the thread until its sender is dropped.
type Block = Option<Receiver<()>>;

pub(crate) fn run(report: &mut Report) {
    let (on, off) = (provider(true), provider(false));
    for length in [1_000, 10_000, 100_000, 1_000_000] {
        // The same number of messages, in more or fewer fillings.
        let messages = report.operations(1_000_000);
        report.print(&Section::measure(
            format!("a message of a queue that is filled with {length} and emptied, 1 thread"),
            report.rounds(3),
            messages.max(length),
            vec![
                Contender::timed("raw crossbeam-channel", raw(length)),
                Contender::timed("traced-worker, sampled", traced(length, &on)),
                Contender::timed("traced-worker, unsampled", traced(length, &off)),
            ],
        ));
    }
}

#[traced_worker]
fn blockable(block: Block, message: Message) {
    work(block, message);
}

fn work(block: Block, message: Message) {
    if let Some(block) = block {
        let _ = block.recv();
    }
    job(message);
}

fn traced(length: u64, provider: &SdkTracerProvider) -> impl FnMut(u64) -> Duration + use<> {
    let parent = dispatch_context(provider);
    let pool = blockable::pool()
        .threads(1)
        .queue_capacity(capacity(length))
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be started");
    };
    let pool = Arc::new(pool);
    let sender = Arc::clone(&pool);
    let mut fill = fill_and_empty(
        length,
        move |block| {
            let _ = sender.send((block, message(0)));
        },
        move || pool.stats().completed,
    );
    move |messages| {
        let _guard = parent.clone().attach();
        fill(messages)
    }
}

fn raw(length: u64) -> impl FnMut(u64) -> Duration {
    let (sender, receiver) = bounded::<(Block, Message)>(capacity(length));
    let completed = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&completed);
    thread::spawn(move || {
        for (block, message) in receiver {
            work(block, message);
            counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Release);
        }
    });
    fill_and_empty(
        length,
        move |block| {
            let _ = sender.send((block, message(0)));
        },
        move || completed.load(Ordering::Acquire),
    )
}

fn fill_and_empty(
    length: u64,
    send: impl Fn(Block),
    completed: impl Fn() -> u64,
) -> impl FnMut(u64) -> Duration {
    let mut sent = 0;
    move |messages| {
        let start = Instant::now();
        for _ in 0..messages.div_ceil(length) {
            let (unblock, block) = bounded(0);
            send(Some(block));
            (1..length).for_each(|_| send(None));
            drop(unblock);
            sent += length;
            while completed() < sent {
                thread::yield_now();
            }
        }
        start.elapsed()
    }
}

fn capacity(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}

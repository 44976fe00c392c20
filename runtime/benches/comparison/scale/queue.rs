//! A queue that is filled while its one thread is held, and then runs empty: up to a million.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;

use super::{RAW, SAMPLED, UNSAMPLED, parent};
use crate::harness::{Contender, Section};
use crate::report::Report;
use crate::{Message, provider};

/// What the first message of a filling waits for.
type Hold = Option<Receiver<()>>;

pub(super) fn run(report: &mut Report) {
    let (on, off) = (provider(true), provider(false));
    for queued in [1_000, 10_000, 100_000, 1_000_000] {
        // The same number of messages, in more or fewer fillings.
        let messages = report.operations(1_000_000);
        let section = Section::measure(
            format!("cost of a message, a queue filled with {queued} and emptied"),
            report.rounds(5),
            messages.max(queued),
            vec![
                Contender::timed(RAW, raw(queued)),
                Contender::timed(SAMPLED, traced(queued, &on)),
                Contender::timed(UNSAMPLED, traced(queued, &off)),
            ],
        );
        report.add(section);
    }
}

#[traced_worker]
fn held(hold: Hold, message: Message) {
    work(hold, message);
}

fn work(hold: Hold, message: Message) {
    if let Some(hold) = hold {
        let _ = hold.recv();
    }
    black_box(message);
}

fn traced(queued: u64, provider: &SdkTracerProvider) -> impl FnMut(u64) -> Duration + use<> {
    let parent = parent(provider);
    let pool = held::pool()
        .threads(1)
        .queue(capacity(queued))
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be had");
    };
    let pool = Arc::new(pool);
    let sender = Arc::clone(&pool);
    let mut fillings = fillings(
        queued,
        move |hold| {
            let _ = sender.send((hold, [7; 8]));
        },
        move || pool.stats().completed,
    );
    move |messages| {
        let _guard = parent.clone().attach();
        fillings(messages)
    }
}

fn raw(queued: u64) -> impl FnMut(u64) -> Duration {
    let (sender, receiver) = bounded::<(Hold, Message)>(capacity(queued));
    let done = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&done);
    thread::spawn(move || {
        for (hold, message) in receiver {
            work(hold, message);
            counted.store(counted.load(Ordering::Relaxed) + 1, Ordering::Release);
        }
    });
    fillings(
        queued,
        move |hold| {
            let _ = sender.send((hold, [7; 8]));
        },
        move || done.load(Ordering::Acquire),
    )
}

/// Fills the queue and lets it run empty, again and again.
fn fillings(
    queued: u64,
    send: impl Fn(Hold),
    completed: impl Fn() -> u64,
) -> impl FnMut(u64) -> Duration {
    let mut sent = 0;
    move |messages| {
        let start = Instant::now();
        for _ in 0..messages.div_ceil(queued) {
            let (release, hold) = bounded(0);
            send(Some(hold));
            (1..queued).for_each(|_| send(None));
            drop(release);
            sent += queued;
            while completed() < sent {
                thread::yield_now();
            }
        }
        start.elapsed()
    }
}

fn capacity(queued: u64) -> usize {
    usize::try_from(queued).unwrap_or(usize::MAX)
}

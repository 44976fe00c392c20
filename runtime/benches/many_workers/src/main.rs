//! Whether a message costs more where a program has a thousand different workers, each with a pool
//! of its own: messages go in runs of 64 to each in turn.
//!
//! `cargo run --release --manifest-path runtime/benches/many_workers/Cargo.toml` compiles for ten
//! minutes, and runs for one.

#[expect(dead_code, reason = "it measures less than the comparison does")]
#[path = "../../comparison/harness.rs"]
mod harness;
#[path = "../../comparison/provider.rs"]
mod provider;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;

use harness::{Contender, Section};
use provider::provider;

type Message = [u64; 8];

/// Messages to one worker before the next one's turn.
const RUN: usize = 64;

const ROUNDS: usize = 9;
const MESSAGES: u64 = 256_000;

fn main() {
    let (on, off) = (provider(true), provider(false));
    let parent = |provider: &SdkTracerProvider| {
        Context::new().with_span(provider.tracer("bench").start("dispatch"))
    };
    let (on_parent, off_parent) = (parent(&on), parent(&off));
    println!("| different workers | contender | ns a message | ratio |");
    println!("| ---: | --- | ---: | ---: |");
    for number in [1, 10, 100, 1000] {
        let raw: Vec<_> = (0..number).map(|_| raw()).collect();
        let sampled = traced(number, &on);
        let unsampled = traced(number, &off);
        let section = Section::measure(
            "different workers",
            ROUNDS,
            MESSAGES,
            vec![
                Contender::timed("raw crossbeam-channel", |messages| in_turn(&raw, messages)),
                Contender::timed("traced-worker, sampled", |messages| {
                    let _guard = on_parent.clone().attach();
                    in_turn(&sampled, messages)
                }),
                Contender::timed("traced-worker, unsampled", |messages| {
                    let _guard = off_parent.clone().attach();
                    in_turn(&unsampled, messages)
                }),
            ],
        );
        for name in section.names() {
            let (time, ratio) = (
                section.nanoseconds(name),
                section.ratio(name, section.base()),
            );
            println!("| {number} | {name} | {time:.0} | {ratio:.2} |");
        }
    }
}

/// A worker with its one thread.
struct Running {
    send: Box<dyn Fn(Message)>,
    completed: Box<dyn Fn() -> u64>,
}

fn in_turn(workers: &[Running], messages: u64) -> Duration {
    let completed = || {
        workers
            .iter()
            .map(|worker| (worker.completed)())
            .sum::<u64>()
    };
    let before = completed();
    let start = Instant::now();
    let mut turns = workers.iter().cycle().flat_map(|worker| [worker; RUN]);
    for number in 0..messages {
        if let Some(worker) = turns.next() {
            (worker.send)([number; 8]);
        }
    }
    while completed() < before + messages {
        thread::yield_now();
    }
    start.elapsed()
}

fn raw() -> Running {
    let (sender, receiver) = bounded::<Message>(RUN);
    let done = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&done);
    thread::spawn(move || {
        for message in receiver {
            black_box(message);
            counted.store(counted.load(Ordering::Relaxed) + 1, Ordering::Release);
        }
    });
    Running {
        send: Box::new(move |message| {
            let _ = sender.send(message);
        }),
        completed: Box::new(move || done.load(Ordering::Acquire)),
    }
}

/// One worker for each number: as different types as if each had been written out.
#[traced_worker]
fn kind<const NUMBER: usize>(message: Message) {
    black_box(message);
}

fn start<const NUMBER: usize>(provider: &SdkTracerProvider) -> Running {
    let pool = kind::<NUMBER>::pool()
        .threads(1)
        .queue(RUN)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be had");
    };
    let pool = Arc::new(pool);
    let sender = Arc::clone(&pool);
    Running {
        send: Box::new(move |message| {
            let _ = sender.send(message);
        }),
        completed: Box::new(move || pool.stats().completed),
    }
}

fn traced(number: usize, provider: &SdkTracerProvider) -> Vec<Running> {
    let starts = thousand();
    let starts = starts.iter().take(number);
    starts.map(|start| start(provider)).collect()
}

type Start = fn(&SdkTracerProvider) -> Running;

fn thousand() -> Vec<Start> {
    let mut starts: Vec<Start> = Vec::with_capacity(1000);
    macro_rules! ten {
        ($hundreds:literal $tens:literal $($ones:literal)*) => {
            $(starts.push(start::<{ $hundreds * 100 + $tens * 10 + $ones }>);)*
        };
    }
    macro_rules! hundred {
        ($hundreds:literal $($tens:literal)*) => {
            $(ten!($hundreds $tens 0 1 2 3 4 5 6 7 8 9);)*
        };
    }
    macro_rules! hundreds {
        ($($hundreds:literal)*) => {
            $(hundred!($hundreds 0 1 2 3 4 5 6 7 8 9);)*
        };
    }
    hundreds!(0 1 2 3 4 5 6 7 8 9);
    starts
}

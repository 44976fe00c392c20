//! Measures a message in a program with up to a thousand different workers, each with a pool of its
//! own. Messages go to each worker in turn, 64 at a time.
//!
//! `cargo run --release --manifest-path runtime/benches/many_workers/Cargo.toml` compiles for ten
//! minutes and runs for one.

#[expect(dead_code, reason = "shared with the comparison bench, which uses more of it")]
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
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;

use harness::{Contender, Section};
use provider::{dispatch_context, provider};

type Message = [u64; 8];

/// The number of messages to one worker before the next worker's turn.
const RUN: usize = 64;

const ROUNDS: usize = 9;
const MESSAGES: u64 = 256_000;

fn main() {
    let (on, off) = (provider(true), provider(false));
    let (on_parent, off_parent) = (dispatch_context(&on), dispatch_context(&off));
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
            let time = section.nanoseconds(name);
            let ratio = section.ratio(name, "raw crossbeam-channel");
            println!("| {number} | {name} | {time:.0} | {ratio:.2} |");
        }
    }
}

/// A worker with a thread of its own.
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
    let completed = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&completed);
    thread::spawn(move || {
        for message in receiver {
            black_box(message);
            counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Release);
        }
    });
    Running {
        send: Box::new(move |message| {
            let _ = sender.send(message);
        }),
        completed: Box::new(move || completed.load(Ordering::Acquire)),
    }
}

/// One worker type for each number.
#[traced_worker]
fn kind<const NUMBER: usize>(message: Message) {
    black_box(message);
}

fn start<const NUMBER: usize>(provider: &SdkTracerProvider) -> Running {
    let pool = kind::<NUMBER>::pool()
        .threads(1)
        .queue_capacity(RUN)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be started");
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

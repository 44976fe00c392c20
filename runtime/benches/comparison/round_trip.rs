//! Dispatch and wait, with a number of replies in flight.

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use traced_worker::traced_worker;

use crate::Message;
use crate::channels::CAPACITY;
use crate::harness::{Contender, Section};
use crate::provider::{dispatch_context, provider};
use crate::report::Report;

const TRACED: &str = "traced-worker";
const CROSSBEAM: &str = "crossbeam, a reply channel for each message";
const ONESHOT: &str = "oneshot";
const SPAWN_BLOCKING: &str = "tokio spawn_blocking";

const ROUNDS: usize = 35;

pub(crate) fn run(report: &mut Report) {
    let one = measure(report, false, 1, 1);
    measure(report, false, 1, 64);
    let many = measure(report, false, 1, 512);
    for (sampled, threads, in_flight) in [(true, 1, 1), (true, 1, 512), (false, 8, 512)] {
        measure(report, sampled, threads, in_flight);
    }
    let mut add = |title: &str, target, section: &Section, base| {
        report.add_ratio(title, target, vec![section.ratio(TRACED, base)]);
    };
    add(
        "round trip, 1 in flight, unsampled, to a crossbeam reply channel",
        Some(0.5),
        &one,
        CROSSBEAM,
    );
    add("the same, to `spawn_blocking`", None, &one, SPAWN_BLOCKING);
    add(
        "round trip, 512 in flight, unsampled, to `oneshot`",
        Some(1.5),
        &many,
        ONESHOT,
    );
    add("the same, to `spawn_blocking`", None, &many, SPAWN_BLOCKING);
}

fn measure(report: &Report, sampled: bool, threads: usize, in_flight: usize) -> Section {
    let provider = provider(sampled);
    let _guard = dispatch_context(&provider).attach();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let limited = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(threads)
        .build();
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = reply::pool()
        .threads(threads)
        .queue_capacity(CAPACITY)
        .tracer_provider(&provider)
        .start();
    let (Ok(runtime), Ok(limited), Ok(rayon), Ok(pool)) = (runtime, limited, rayon, pool) else {
        unreachable!("threads can be started");
    };
    let decision = if sampled { "sampled" } else { "unsampled" };
    let operations = if in_flight == 1 { 5_000 } else { 20_000 };
    let section = thread::scope(|scope| {
        let (to_crossbeam, crossbeam) =
            crossbeam_channel::bounded::<(Message, crossbeam_channel::Sender<u64>)>(CAPACITY);
        let (to_oneshot, oneshot) =
            crossbeam_channel::bounded::<(Message, oneshot::Sender<u64>)>(CAPACITY);
        for _ in 0..threads {
            let (crossbeam, oneshot) = (crossbeam.clone(), oneshot.clone());
            scope.spawn(move || {
                for (message, reply) in crossbeam {
                    let _ = reply.send(work(message));
                }
            });
            scope.spawn(move || {
                for (message, reply) in oneshot {
                    let _ = reply.send(work(message));
                }
            });
        }
        Section::measure(
            format!("round trip, {decision}, {threads} threads, {in_flight} in flight"),
            report.rounds(ROUNDS),
            report.operations(operations),
            vec![
                Contender::timed(CROSSBEAM, |count| {
                    let dispatch = |message| {
                        let (reply, receiver) = crossbeam_channel::bounded(1);
                        let _ = to_crossbeam.send((message, reply));
                        receiver
                    };
                    keep_in_flight(in_flight, count, dispatch, |receiver| {
                        receiver.recv().unwrap_or_default()
                    })
                }),
                Contender::timed(ONESHOT, |count| {
                    let dispatch = |message| {
                        let (reply, receiver) = oneshot::channel();
                        let _ = to_oneshot.send((message, reply));
                        receiver
                    };
                    keep_in_flight(in_flight, count, dispatch, |receiver| {
                        receiver.recv().unwrap_or_default()
                    })
                }),
                Contender::timed("rayon + oneshot", |count| {
                    let dispatch = |message| {
                        let (reply, receiver) = oneshot::channel();
                        rayon.spawn(move || {
                            let _ = reply.send(work(message));
                        });
                        receiver
                    };
                    keep_in_flight(in_flight, count, dispatch, |receiver| {
                        receiver.recv().unwrap_or_default()
                    })
                }),
                Contender::timed(SPAWN_BLOCKING, |count| blocking(&runtime, in_flight, count)),
                Contender::timed("tokio spawn_blocking, as many threads", |count| {
                    blocking(&limited, in_flight, count)
                }),
                Contender::timed(TRACED, |count| {
                    let dispatch = |message| pool.dispatch(message);
                    keep_in_flight(in_flight, count, dispatch, |handle| {
                        handle.map_or(0, |handle| handle.wait().unwrap_or_default())
                    })
                }),
            ],
        )
    });
    report.print(&section);
    section
}

fn blocking(runtime: &tokio::runtime::Runtime, in_flight: usize, count: u64) -> Duration {
    let _entered = runtime.enter();
    let dispatch = |message| tokio::task::spawn_blocking(move || work(message));
    keep_in_flight(in_flight, count, dispatch, |handle| {
        runtime.block_on(handle).unwrap_or_default()
    })
}

fn work(message: Message) -> u64 {
    black_box(message)[0]
}

#[traced_worker]
fn reply(message: Message) -> u64 {
    work(message)
}

/// Waits for the oldest reply whenever `in_flight` replies are outstanding.
fn keep_in_flight<H>(
    in_flight: usize,
    count: u64,
    dispatch: impl Fn(Message) -> H,
    wait: impl Fn(H) -> u64,
) -> Duration {
    let mut handles = VecDeque::with_capacity(in_flight);
    let start = Instant::now();
    for number in 0..count {
        if handles.len() == in_flight
            && let Some(handle) = handles.pop_front()
        {
            black_box(wait(handle));
        }
        handles.push_back(dispatch([number; 8]));
    }
    for handle in handles {
        black_box(wait(handle));
    }
    start.elapsed()
}

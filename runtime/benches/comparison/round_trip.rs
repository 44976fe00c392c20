//! Dispatch and wait, with some number of replies in flight.

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use traced_worker::traced_worker;

use crate::harness::{Contender, Section};
use crate::report::Report;
use crate::{Message, provider};

pub(crate) const CROSSBEAM: &str = "crossbeam, a reply channel each";
pub(crate) const ONESHOT: &str = "oneshot";
pub(crate) const SPAWN_BLOCKING: &str = "tokio spawn_blocking";

const ROUNDS: usize = 15;
const QUEUE: usize = 1024;

pub(crate) fn title(sampled: bool, workers: usize, in_flight: usize) -> String {
    let sampled = if sampled { "sampled" } else { "unsampled" };
    format!("dispatch + wait, {sampled}, {workers} workers, {in_flight} in flight")
}

pub(crate) fn run(report: &mut Report) {
    for (sampled, workers) in [(false, 1), (true, 1), (false, 2), (false, 8)] {
        for in_flight in [1, 64, 512] {
            measure(report, sampled, workers, in_flight);
        }
    }
}

fn measure(report: &mut Report, sampled: bool, workers: usize, in_flight: usize) {
    let provider = provider(sampled);
    let parent = Context::new().with_span(provider.tracer("bench").start("dispatch"));
    let _guard = parent.attach();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let limited = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(workers)
        .build();
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(workers).build();
    let pool = reply::pool()
        .threads(workers)
        .queue(QUEUE)
        .tracer_provider(&provider)
        .start();
    let (Ok(runtime), Ok(limited), Ok(rayon), Ok(pool)) = (runtime, limited, rayon, pool) else {
        unreachable!("threads can be had");
    };
    let operations = if in_flight == 1 { 5_000 } else { 20_000 };
    let section = thread::scope(|scope| {
        let (to_crossbeam, crossbeam) =
            crossbeam_channel::bounded::<(Message, crossbeam_channel::Sender<u64>)>(QUEUE);
        let (to_oneshot, oneshot) =
            crossbeam_channel::bounded::<(Message, oneshot::Sender<u64>)>(QUEUE);
        for _ in 0..workers {
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
            title(sampled, workers, in_flight),
            report.rounds(ROUNDS),
            report.operations(operations),
            vec![
                Contender::timed(CROSSBEAM, |count| {
                    let dispatch = |message| {
                        let (reply, receiver) = crossbeam_channel::bounded(1);
                        let _ = to_crossbeam.send((message, reply));
                        receiver
                    };
                    flight(in_flight, count, dispatch, |receiver| {
                        receiver.recv().unwrap_or_default()
                    })
                }),
                Contender::timed(ONESHOT, |count| {
                    let dispatch = |message| {
                        let (reply, receiver) = oneshot::channel();
                        let _ = to_oneshot.send((message, reply));
                        receiver
                    };
                    flight(in_flight, count, dispatch, |receiver| {
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
                    flight(in_flight, count, dispatch, |receiver| {
                        receiver.recv().unwrap_or_default()
                    })
                }),
                Contender::timed(SPAWN_BLOCKING, |count| blocking(&runtime, in_flight, count)),
                Contender::timed("tokio spawn_blocking, no more threads", |count| {
                    blocking(&limited, in_flight, count)
                }),
                Contender::timed(crate::throughput::TRACED, |count| {
                    let dispatch = |message| pool.dispatch(message);
                    flight(in_flight, count, dispatch, |handle| {
                        handle.map_or(0, |handle| handle.wait().unwrap_or_default())
                    })
                }),
            ],
        )
    });
    report.add(section);
}

fn blocking(runtime: &tokio::runtime::Runtime, in_flight: usize, count: u64) -> Duration {
    let _entered = runtime.enter();
    let dispatch = |message| tokio::task::spawn_blocking(move || work(message));
    flight(in_flight, count, dispatch, |handle| {
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

/// Keeps `in_flight` replies outstanding.
fn flight<H>(
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

//! Dispatch and wait, with some number of replies in flight, unsampled.

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use traced_worker::traced_worker;

use crate::harness::{Contender, compare, print};
use crate::{Message, provider};

const ROUNDS: usize = 15;

#[expect(clippy::too_many_lines, reason = "a list of contenders")]
pub(crate) fn run() {
    let provider = provider(false);
    let parent = Context::new().with_span(provider.tracer("bench").start("dispatch"));
    let _guard = parent.attach();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else {
        unreachable!("a runtime can be had");
    };
    let rayon = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let Ok(rayon) = rayon else {
        unreachable!("a thread can be had");
    };
    let Ok(pool) = reply::pool()
        .threads(1)
        .queue(1024)
        .tracer_provider(&provider)
        .start()
    else {
        unreachable!("a thread can be had");
    };
    for in_flight in [1, 64, 512] {
        let operations = if in_flight == 1 { 5_000 } else { 20_000 };
        let rows = thread::scope(|scope| {
            let (to_crossbeam, crossbeam) =
                crossbeam_channel::bounded::<(Message, crossbeam_channel::Sender<u64>)>(1024);
            let (to_oneshot, oneshot) =
                crossbeam_channel::bounded::<(Message, oneshot::Sender<u64>)>(1024);
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
            compare(
                ROUNDS,
                operations,
                vec![
                    Contender::timed("crossbeam, a reply channel each", |count| {
                        flight(
                            in_flight,
                            count,
                            |message| {
                                let (reply, receiver) = crossbeam_channel::bounded(1);
                                let _ = to_crossbeam.send((message, reply));
                                receiver
                            },
                            |receiver| receiver.recv().unwrap_or_default(),
                        )
                    }),
                    Contender::timed("oneshot", |count| {
                        flight(
                            in_flight,
                            count,
                            |message| {
                                let (reply, receiver) = oneshot::channel();
                                let _ = to_oneshot.send((message, reply));
                                receiver
                            },
                            |receiver| receiver.recv().unwrap_or_default(),
                        )
                    }),
                    Contender::timed("rayon + oneshot", |count| {
                        flight(
                            in_flight,
                            count,
                            |message| {
                                let (reply, receiver) = oneshot::channel();
                                rayon.spawn(move || {
                                    let _ = reply.send(work(message));
                                });
                                receiver
                            },
                            |receiver| receiver.recv().unwrap_or_default(),
                        )
                    }),
                    Contender::timed("tokio spawn_blocking", |count| {
                        let _entered = runtime.enter();
                        flight(
                            in_flight,
                            count,
                            |message| tokio::task::spawn_blocking(move || work(message)),
                            |handle| runtime.block_on(handle).unwrap_or_default(),
                        )
                    }),
                    Contender::timed("traced-worker", |count| {
                        flight(
                            in_flight,
                            count,
                            |message| pool.dispatch(message),
                            |handle| handle.map_or(0, |handle| handle.wait().unwrap_or_default()),
                        )
                    }),
                ],
            )
        });
        print(
            &format!("dispatch + wait, unsampled, {in_flight} in flight"),
            &rows,
        );
    }
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

//! Workers whose span is one of `tracing`, with a number of replies in flight.

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

use opentelemetry::trace::TracerProvider as _;
use tokio::runtime::{Builder, Runtime};
use traced_worker::traced_worker;
use tracing::{Dispatch, Span, dispatcher, info_span};
use tracing_subscriber::prelude::*;

use crate::Message;
use crate::harness::{Contender, Section};
use crate::provider::provider;
use crate::report::Report;

const TRACED: &str = "traced-worker, a `tracing` worker";
const BLOCKING: &str = "`spawn_blocking` + `in_scope` + `tracing-opentelemetry`";

const ROUNDS: usize = 35;
const MESSAGES: u64 = 20_000;

pub(crate) fn run(report: &mut Report) {
    let in_flight = [1, 64, 512];
    let sections = in_flight.map(|in_flight| measure(report, in_flight));
    let ratios = sections
        .iter()
        .map(|section| section.ratio(TRACED, BLOCKING));
    report.add_ratio(
        "`tracing` worker, to `spawn_blocking` + `in_scope` + `tracing-opentelemetry`, 2 threads; 1, 64, 512 in flight",
        Some(0.8),
        ratios.collect(),
    );
}

fn measure(report: &Report, in_flight: usize) -> Section {
    let provider = provider(true);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(layer));
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(2)
        .build();
    let Ok(runtime) = runtime else {
        unreachable!("a runtime can be started");
    };
    let pool = work::pool().threads(2).queue_capacity(1024);
    let Ok(pool) = pool.inherit_subscriber().start() else {
        unreachable!("a pool can be started");
    };
    let section = Section::measure(
        format!("tracing workers, {in_flight} in flight"),
        report.rounds(ROUNDS),
        report.operations(MESSAGES),
        vec![
            Contender::timed(BLOCKING, |count| {
                keep_in_flight(&runtime, &subscriber, in_flight, count, |message| {
                    let (span, subscriber) = (Span::current(), subscriber.clone());
                    let job = runtime.spawn_blocking(move || {
                        dispatcher::with_default(&subscriber, || {
                            span.in_scope(|| info_span!("work").in_scope(|| work(message)))
                        })
                    });
                    async move { job.await.unwrap_or_default() }
                })
            }),
            Contender::timed(TRACED, |count| {
                keep_in_flight(&runtime, &subscriber, in_flight, count, |message| {
                    // There is always a place: fewer are in flight.
                    let handle = pool.try_dispatch(message);
                    async move {
                        match handle {
                            Ok(handle) => handle.await.unwrap_or_default(),
                            Err(_) => 0,
                        }
                    }
                })
            }),
        ],
    );
    report.print(&section);
    section
}

#[traced_worker(tracing)]
fn work(message: Message) -> u64 {
    black_box(message)[0]
}

/// Dispatches inside of a span, and awaits the oldest reply whenever `in_flight` replies are
/// outstanding.
fn keep_in_flight<F: Future<Output = u64>>(
    runtime: &Runtime,
    subscriber: &Dispatch,
    in_flight: usize,
    count: u64,
    dispatch: impl Fn(Message) -> F,
) -> Duration {
    let dispatch_all = || {
        let _caller = info_span!("caller").entered();
        let mut handles = VecDeque::with_capacity(in_flight);
        let start = Instant::now();
        for number in 0..count {
            if handles.len() == in_flight
                && let Some(handle) = handles.pop_front()
            {
                black_box(runtime.block_on(handle));
            }
            handles.push_back(dispatch([number; 8]));
        }
        for handle in handles {
            black_box(runtime.block_on(handle));
        }
        start.elapsed()
    };
    dispatcher::with_default(subscriber, dispatch_all)
}

//! Async workers, with a number of replies in flight.

use std::collections::VecDeque;
use std::future::Future;
use std::hint::black_box;
use std::time::{Duration, Instant};

use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;
use tokio::runtime::{Builder, Runtime};
use traced_worker::{Pool, traced_worker};

use crate::Message;
use crate::harness::{Contender, Section};
use crate::provider::{dispatch_context, provider};
use crate::report::Report;

const TRACED: &str = "traced-worker, an async worker";
const SPAWN: &str = "`tokio::spawn` + `with_context`, an SDK span with the same six attributes";
const QUEUE: &str = "the same in 64 tasks behind an `async-channel`, with a `oneshot` reply";
const BARE: &str = "`tokio::spawn` without a span";

const ROUNDS: usize = 35;
const MESSAGES: u64 = 20_000;

pub(crate) fn run(report: &mut Report) {
    let in_flight = [1, 64, 512];
    for (threads, title) in [
        (
            0,
            "async worker, to `tokio::spawn` + `with_context` with an SDK span, current-thread runtime; 1, 64, 512 in flight",
        ),
        (1, "the same, a runtime of 1 thread"),
        (2, "the same, a runtime of 2 threads"),
    ] {
        let sections = in_flight.map(|in_flight| measure(report, true, threads, in_flight));
        let ratios = sections.iter().map(|section| section.ratio(TRACED, SPAWN));
        report.add_ratio(title, Some(1.1), ratios.collect());
        let lower_bounds = sections.iter().map(|section| section.ratio(QUEUE, SPAWN));
        report.add_ratio(
            "the lower bound of a bounded queue with replies: `async-channel` and `oneshot`",
            None,
            lower_bounds.collect(),
        );
    }
    let unsampled = in_flight.map(|in_flight| measure(report, false, 1, in_flight));
    let ratios = unsampled.iter().map(|section| section.ratio(TRACED, SPAWN));
    report.add_ratio("the same, unsampled", None, ratios.collect());
}

fn measure(report: &Report, sampled: bool, threads: usize, in_flight: usize) -> Section {
    let provider = provider(sampled);
    let tracer = provider.tracer("bench");
    let _guard = dispatch_context(&provider).attach();
    let Ok(runtime) = runtime(threads) else {
        unreachable!("a runtime can be started");
    };
    let pool = fetch::pool()
        .concurrency(64)
        .queue_capacity(1024)
        .runtime(runtime.handle())
        .tracer_provider(&provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("a pool can be started");
    };
    let queue = queue(&runtime, &tracer);
    let decision = if sampled { "sampled" } else { "unsampled" };
    let runtime_kind = match threads {
        0 => "current thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    let section = Section::measure(
        format!("tasks, {decision}, {runtime_kind}, {in_flight} in flight"),
        report.rounds(ROUNDS),
        report.operations(MESSAGES),
        vec![
            Contender::timed(BARE, |count| {
                keep_in_flight(&runtime, in_flight, count, |message| {
                    let job = tokio::spawn(work(message));
                    async move { job.await.unwrap_or_default() }
                })
            }),
            Contender::timed(SPAWN, |count| {
                let tracer = tracer.clone();
                keep_in_flight(&runtime, in_flight, count, move |message| {
                    let job = spawn(&tracer, message);
                    async move { job.await.unwrap_or_default() }
                })
            }),
            Contender::timed(QUEUE, |count| {
                let queue = queue.clone();
                keep_in_flight(&runtime, in_flight, count, move |message| {
                    enqueue(&queue, message)
                })
            }),
            Contender::timed(TRACED, |count| {
                let pool = pool.clone();
                keep_in_flight(&runtime, in_flight, count, move |message| {
                    dispatch(&pool, message)
                })
            }),
        ],
    );
    report.print(&section);
    section
}

fn runtime(threads: usize) -> std::io::Result<Runtime> {
    match threads {
        0 => Builder::new_current_thread().build(),
        threads => Builder::new_multi_thread().worker_threads(threads).build(),
    }
}

#[traced_worker(name = "worker_fetch")]
async fn fetch(message: Message) -> u64 {
    work(message).await
}

/// Awaits once, as an answer that is not there yet.
async fn work(message: Message) -> u64 {
    tokio::task::yield_now().await;
    black_box(message)[0]
}

fn dispatch(pool: &Pool<fetch>, message: Message) -> impl Future<Output = u64> + use<> {
    // There is always a place: fewer are in flight.
    let handle = pool.try_dispatch(message);
    async move {
        match handle {
            Ok(handle) => handle.await.unwrap_or_default(),
            Err(_) => 0,
        }
    }
}

fn spawn(tracer: &SdkTracer, message: Message) -> tokio::task::JoinHandle<u64> {
    tokio::spawn(in_span(
        tracer.clone(),
        Context::current(),
        Instant::now(),
        message,
    ))
}

async fn in_span(tracer: SdkTracer, parent: Context, dispatched: Instant, message: Message) -> u64 {
    let attributes = vec![
        KeyValue::new("thread.id", 7),
        KeyValue::new("thread.name", "tokio-runtime-worker"),
        KeyValue::new("code.function.name", "comparison::fetch"),
        KeyValue::new("code.file.path", file!()),
        KeyValue::new("code.line.number", i64::from(line!())),
        KeyValue::new("queue.wait", dispatched.elapsed().as_secs_f64()),
    ];
    let builder = tracer
        .span_builder("worker_fetch")
        .with_attributes(attributes);
    let span = builder.start_with_context(&tracer, &parent);
    let context = parent.with_span(span);
    let output = work(message).with_context(context.clone()).await;
    context.span().end();
    output
}

/// A message in a bounded queue that is written by hand: without a carrier, cancellation, counts, or
/// panics that are caught.
struct Queued {
    message: Message,
    parent: Context,
    dispatched: Instant,
    reply: oneshot::Sender<u64>,
}

fn queue(runtime: &Runtime, tracer: &SdkTracer) -> async_channel::Sender<Queued> {
    let (sender, receiver) = async_channel::bounded::<Queued>(1024);
    for _ in 0..64 {
        let (receiver, tracer) = (receiver.clone(), tracer.clone());
        runtime.spawn(async move {
            while let Ok(job) = receiver.recv().await {
                let output = in_span(tracer.clone(), job.parent, job.dispatched, job.message);
                let _ = job.reply.send(output.await);
            }
        });
    }
    sender
}

fn enqueue(
    queue: &async_channel::Sender<Queued>,
    message: Message,
) -> impl Future<Output = u64> + use<> {
    let (reply, output) = oneshot::async_channel();
    let sent = queue.try_send(Queued {
        message,
        parent: Context::current(),
        dispatched: Instant::now(),
        reply,
    });
    async move {
        match sent {
            Ok(()) => output.await.unwrap_or_default(),
            Err(_) => 0,
        }
    }
}

/// Runs a task that awaits the oldest reply whenever `in_flight` replies are outstanding.
fn keep_in_flight<D, F>(runtime: &Runtime, in_flight: usize, count: u64, dispatch: D) -> Duration
where
    D: Fn(Message) -> F + Send + 'static,
    F: Future<Output = u64> + Send + 'static,
{
    let context = Context::current();
    let task = async move {
        let mut handles = VecDeque::with_capacity(in_flight);
        let start = Instant::now();
        for number in 0..count {
            if handles.len() == in_flight
                && let Some(handle) = handles.pop_front()
            {
                black_box(handle.await);
            }
            handles.push_back(dispatch([number; 8]));
        }
        for handle in handles {
            black_box(handle.await);
        }
        start.elapsed()
    };
    let task = runtime.spawn(task.with_context(context));
    runtime.block_on(task).unwrap_or_default()
}

//! Fire and forget: one dispatcher, a bounded queue, and a number of threads, in each library.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::Message;

pub(crate) const CAPACITY: usize = 1024;

/// Returns the message of a job that takes a number of steps.
pub(crate) fn message(steps: u64) -> Message {
    let mut message = [7; 8];
    message[0] = steps;
    message
}

/// Does the work of a message.
pub(crate) fn job(message: Message) {
    let [steps, ..] = black_box(message);
    black_box(work(steps));
}

fn work(steps: u64) -> u64 {
    (0..steps).fold(1, |hash: u64, step| {
        (hash ^ step)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
    })
}

/// Returns the number of steps that take so many nanoseconds.
pub(crate) fn steps(nanoseconds: u32) -> u64 {
    const STEPS: u32 = 1_000_000;
    if nanoseconds == 0 {
        return 0;
    }
    let fastest = (0..9).map(|_| {
        let start = Instant::now();
        black_box(work(u64::from(black_box(STEPS))));
        start.elapsed()
    });
    let fastest = fastest.min().unwrap_or_default();
    let steps = f64::from(nanoseconds) * f64::from(STEPS) / (fastest.as_secs_f64() * 1e9);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let steps = steps.round() as u64;
    steps.max(1)
}

/// Runs jobs of the same length on a number of threads, and returns the time from the first send
/// to the end of the last thread. `send` closes the channel when it is dropped.
fn run_jobs<R>(
    threads: usize,
    messages: u64,
    steps: u64,
    send: impl Fn(Message),
    receive: R,
) -> Duration
where
    R: Fn() -> Option<Message> + Clone + Send,
{
    let started = Barrier::new(threads + 1);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (receive, started) = (receive.clone(), &started);
            scope.spawn(move || {
                started.wait();
                while let Some(message) = receive() {
                    job(message);
                }
            });
        }
        started.wait();
        let start = Instant::now();
        for _ in 0..messages {
            send(message(steps));
        }
        drop(send);
        start
    })
    .elapsed()
}

pub(crate) fn crossbeam(threads: usize, messages: u64, steps: u64) -> Duration {
    let (sender, receiver) = bounded(CAPACITY);
    let send = move |message| {
        let _ = sender.send(message);
    };
    run_jobs(threads, messages, steps, send, move || receiver.recv().ok())
}

pub(crate) fn kanal(threads: usize, messages: u64, steps: u64) -> Duration {
    let (sender, receiver) = kanal::bounded(CAPACITY);
    let send = move |message| {
        let _ = sender.send(message);
    };
    run_jobs(threads, messages, steps, send, move || receiver.recv().ok())
}

pub(crate) fn async_channel(threads: usize, messages: u64, steps: u64) -> Duration {
    let (sender, receiver) = async_channel::bounded(CAPACITY);
    let send = move |message| {
        let _ = sender.send_blocking(message);
    };
    let receive = move || receiver.recv_blocking().ok();
    run_jobs(threads, messages, steps, send, receive)
}

#[traced_worker(name = "worker_process")]
pub(crate) fn process(message: Message) {
    job(message);
}

/// Dispatches to a pool under `parents` in turn, or under the current context if there are none.
pub(crate) fn traced_worker(
    threads: usize,
    messages: u64,
    steps: u64,
    provider: Option<&SdkTracerProvider>,
    parents: &[Context],
) -> Duration {
    let mut pool = process::pool().threads(threads).queue_capacity(CAPACITY);
    if let Some(provider) = provider {
        pool = pool.tracer_provider(provider);
    }
    let Ok(pool) = pool.start() else {
        unreachable!("threads can be started");
    };
    let send = || {
        if pool.send(message(steps)).is_err() {
            unreachable!("the pool is open");
        }
    };
    let start = Instant::now();
    if parents.is_empty() {
        (0..messages).for_each(|_| send());
    } else {
        for (_, parent) in (0..messages).zip(parents.iter().cycle()) {
            let _guard = parent.clone().attach();
            send();
        }
    }
    pool.shutdown(Duration::MAX);
    start.elapsed()
}

/// Sends messages made by `make` through a crossbeam channel to threads that run `work`.
pub(crate) fn through_channel<T: Send>(
    threads: usize,
    messages: u64,
    make: impl Fn(Message) -> T,
    work: impl Fn(Receiver<T>) + Sync,
) -> Duration {
    let (sender, receiver) = bounded(CAPACITY);
    let started = Barrier::new(threads + 1);
    thread::scope(|scope| {
        let (work, started) = (&work, &started);
        for _ in 0..threads {
            let receiver = receiver.clone();
            scope.spawn(move || {
                started.wait();
                work(receiver);
            });
        }
        started.wait();
        let start = Instant::now();
        for _ in 0..messages {
            if sender.send(make(message(0))).is_err() {
                unreachable!("the threads receive until the end");
            }
        }
        drop(sender);
        start
    })
    .elapsed()
}

/// Starts an SDK span, without attributes, under a context that is made once.
pub(crate) fn sdk_span<T>(threads: usize, messages: u64, tracer: &T, parent: &Context) -> Duration
where
    T: Tracer + Sync,
    T::Span: Send + Sync + 'static,
{
    let parent = Context::new().with_remote_span_context(parent.span().span_context().clone());
    through_channel(
        threads,
        messages,
        |message| message,
        |receiver| {
            for message in receiver {
                let span = tracer.start_with_context("worker_process", &parent);
                let _guard = parent.with_span(span).attach();
                job(message);
            }
        },
    )
}

/// Starts an SDK span with the attributes of a worker span, under a context that is made once.
pub(crate) fn sdk_span_with_attributes<T>(
    threads: usize,
    messages: u64,
    tracer: &T,
    parent: &Context,
) -> Duration
where
    T: Tracer + Sync,
    T::Span: Send + Sync + 'static,
{
    let parent = Context::new().with_remote_span_context(parent.span().span_context().clone());
    through_channel(
        threads,
        messages,
        |message| (message, Instant::now()),
        |receiver| {
            for (message, dispatched) in receiver {
                let attributes = vec![
                    KeyValue::new("thread.id", 7),
                    KeyValue::new("thread.name", "worker_process-0"),
                    KeyValue::new("code.function.name", "comparison::process"),
                    KeyValue::new("code.file.path", file!()),
                    KeyValue::new("code.line.number", i64::from(line!())),
                    KeyValue::new("queue.wait", dispatched.elapsed().as_secs_f64()),
                ];
                let builder = tracer.span_builder("worker_process");
                let span = builder
                    .with_attributes(attributes)
                    .start_with_context(tracer, &parent);
                let _guard = parent.with_span(span).attach();
                job(message);
            }
        },
    )
}

/// Sends a `HashMap` with each message, filled and read by the propagator.
pub(crate) fn hash_map_carrier<T>(threads: usize, messages: u64, tracer: &T) -> Duration
where
    T: Tracer + Sync,
    T::Span: Send + Sync + 'static,
{
    type Traced = (Message, HashMap<String, String>);
    let propagator = TraceContextPropagator::new();
    let inject = |message| -> Traced {
        let mut carrier = HashMap::new();
        propagator.inject(&mut carrier);
        (message, carrier)
    };
    through_channel(threads, messages, inject, |receiver: Receiver<Traced>| {
        for (message, carrier) in receiver {
            let parent = propagator.extract(&carrier);
            tracer.in_span_with_context("worker_process", &parent, |_| job(message));
        }
    })
}

/// Sends the caller's `tracing` span with each message, as the parent of the worker's span.
pub(crate) fn tracing_opentelemetry(
    threads: usize,
    messages: u64,
    provider: &SdkTracerProvider,
) -> Duration {
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    tracing::dispatcher::with_default(&dispatch, || {
        tracing_spans(threads, messages, |work| {
            // A scoped subscriber does not cross threads by itself.
            tracing::dispatcher::with_default(&dispatch, work);
        })
    })
}

/// Does the same without a subscriber.
pub(crate) fn tracing_without_subscriber(threads: usize, messages: u64) -> Duration {
    tracing_spans(threads, messages, |work| work())
}

fn tracing_spans(
    threads: usize,
    messages: u64,
    on_thread: impl Fn(&mut dyn FnMut()) + Sync,
) -> Duration {
    let span = tracing::info_span!("dispatch");
    let _entered = span.enter();
    let inject = |message| (message, tracing::Span::current());
    let work = |receiver: &Receiver<(Message, tracing::Span)>| {
        for (message, parent) in receiver {
            let span = tracing::info_span!(parent: &parent, "worker_process");
            let _entered = span.enter();
            job(message);
        }
    };
    through_channel(threads, messages, inject, |receiver| {
        on_thread(&mut || work(&receiver));
    })
}

/// Makes fastrace record: without a reporter it does not.
pub(crate) fn set_fastrace_reporter() {
    struct Discard;

    impl Reporter for Discard {
        fn report(&mut self, spans: Vec<SpanRecord>) {
            drop(black_box(spans));
        }
    }

    fastrace::set_reporter(Discard, Config::default());
}

/// Sends the local parent's context with each message. The time includes the flush: fastrace leaves
/// a part of a span's cost to a thread of its own.
pub(crate) fn fastrace(threads: usize, messages: u64, sampled: bool) -> Duration {
    let root = Span::root("dispatch", SpanContext::random().sampled(sampled));
    let _guard = root.set_local_parent();
    let inject = |message| (message, SpanContext::current_local_parent());
    let elapsed = through_channel(
        threads,
        messages,
        inject,
        |receiver: Receiver<(Message, Option<SpanContext>)>| {
            for (message, parent) in receiver {
                let span = match parent {
                    Some(parent) => Span::root("worker_process", parent),
                    None => Span::noop(),
                };
                let _guard = span.set_local_parent();
                job(message);
            }
        },
    );
    let start = Instant::now();
    fastrace::flush();
    elapsed + start.elapsed()
}

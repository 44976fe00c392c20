//! The same work through each of them, as its own documentation tells.

use std::collections::HashMap;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer, TracerProvider as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::Message;

pub(crate) const QUEUE: usize = 1024;

/// Sends `messages` made by `make` to threads that run `work` on each, and waits for their end.
pub(crate) fn through_channel<T: Send>(
    workers: usize,
    messages: u64,
    make: impl Fn(Message) -> T,
    work: impl Fn(Receiver<T>) + Sync,
) -> Duration {
    let (sender, receiver) = bounded(QUEUE);
    thread::scope(|scope| {
        let (receiver, work) = (&receiver, &work);
        for _ in 0..workers {
            scope.spawn(move || work(receiver.clone()));
        }
        let start = Instant::now();
        for number in 0..messages {
            if sender.send(make([number; 8])).is_err() {
                unreachable!("the workers receive until the end");
            }
        }
        drop(sender);
        start
    })
    .elapsed()
}

pub(crate) fn raw(workers: usize, messages: u64) -> Duration {
    through_channel(
        workers,
        messages,
        |message| message,
        |receiver| {
            for message in receiver {
                black_box(message);
            }
        },
    )
}

/// What cannot be avoided where a span is made by the SDK: its parent's context is at hand.
pub(crate) fn floor<T>(workers: usize, messages: u64, tracer: &T, parent: &Context) -> Duration
where
    T: Tracer + Sync,
    T::Span: Send + Sync + 'static,
{
    let parent = Context::new().with_remote_span_context(parent.span().span_context().clone());
    through_channel(
        workers,
        messages,
        |message| message,
        |receiver| {
            for message in receiver {
                let span = tracer.start_with_context("worker_process", &parent);
                let _guard = parent.with_span(span).attach();
                black_box(message);
            }
        },
    )
}

/// A carrier of text in the message, through a propagator; `in_span` in the worker.
pub(crate) fn article<T>(workers: usize, messages: u64, tracer: &T) -> Duration
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
    through_channel(workers, messages, inject, |receiver: Receiver<Traced>| {
        for (message, carrier) in receiver {
            let parent = propagator.extract(&carrier);
            tracer.in_span_with_context("worker_process", &parent, |_| black_box(message));
        }
    })
}

/// The caller's span travels in the message, and is the parent of one in the worker.
pub(crate) fn tracing(workers: usize, messages: u64, provider: &SdkTracerProvider) -> Duration {
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    tracing::dispatcher::with_default(&dispatch, || {
        tracing_spans(workers, messages, |work| {
            // A scoped subscriber does not cross threads by itself.
            tracing::dispatcher::with_default(&dispatch, work);
        })
    })
}

/// The same where nobody subscribes.
pub(crate) fn tracing_alone(workers: usize, messages: u64) -> Duration {
    tracing_spans(workers, messages, |work| work())
}

fn tracing_spans(
    workers: usize,
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
            black_box(message);
        }
    };
    through_channel(workers, messages, inject, |receiver| {
        on_thread(&mut || work(&receiver));
    })
}

/// Without a reporter fastrace records nothing; like the SDK's spans here, these go nowhere.
pub(crate) fn set_fastrace_reporter() {
    struct Nowhere;

    impl Reporter for Nowhere {
        fn report(&mut self, spans: Vec<SpanRecord>) {
            drop(black_box(spans));
        }
    }

    fastrace::set_reporter(Nowhere, Config::default());
}

/// The local parent's context travels in the message. What fastrace leaves to its own thread is part
/// of what a span costs: it is waited for, and not left to run beside the next contender.
pub(crate) fn fastrace(workers: usize, messages: u64, sampled: bool) -> Duration {
    let root = Span::root("dispatch", SpanContext::random().sampled(sampled));
    let _guard = root.set_local_parent();
    let inject = |message| (message, SpanContext::current_local_parent());
    let elapsed = through_channel(
        workers,
        messages,
        inject,
        |receiver: Receiver<(Message, Option<SpanContext>)>| {
            for (message, parent) in receiver {
                let span = match parent {
                    Some(parent) => Span::root("worker_process", parent),
                    None => Span::noop(),
                };
                let _guard = span.set_local_parent();
                black_box(message);
            }
        },
    );
    let start = Instant::now();
    fastrace::flush();
    elapsed + start.elapsed()
}

#[traced_worker(name = "worker_process")]
pub(crate) fn process(message: Message) {
    black_box(message);
}

/// Dispatches under each of `parents` in turn; where there are none, under what is current.
pub(crate) fn traced_worker(
    workers: usize,
    messages: u64,
    provider: Option<&SdkTracerProvider>,
    parents: &[Context],
) -> Duration {
    let mut pool = process::pool().threads(workers).queue(QUEUE);
    if let Some(provider) = provider {
        pool = pool.tracer_provider(provider);
    }
    let Ok(pool) = pool.start() else {
        unreachable!("threads can be had");
    };
    let send = |number| {
        if pool.send([number; 8]).is_err() {
            unreachable!("the pool is open");
        }
    };
    let start = Instant::now();
    if parents.is_empty() {
        (0..messages).for_each(send);
    } else {
        for (number, parent) in (0..messages).zip(parents.iter().cycle()) {
            let _guard = parent.clone().attach();
            send(number);
        }
    }
    pool.shutdown(Duration::MAX);
    start.elapsed()
}

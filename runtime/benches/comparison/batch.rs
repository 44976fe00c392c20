//! Batches of 64: one span over up to 64 messages, with a link to each message's context.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use opentelemetry::Context;
use opentelemetry::trace::{Link, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use traced_worker::{Worker, traced_worker};

use crate::harness::{Contender, Section};
use crate::peers::{QUEUE, process, through_channel};
use crate::report::Report;
use crate::{Message, provider};

const SIZE: usize = 64;

pub(crate) fn run(report: &mut Report) {
    for sampled in [true, false] {
        let provider = provider(sampled);
        let tracer = provider.tracer("bench");
        let parent = Context::new().with_span(tracer.start("dispatch"));
        let _guard = parent.clone().attach();
        let decision = if sampled { "sampled" } else { "unsampled" };
        report.add(Section::measure(
            format!("batches of 64, {decision}, 1 worker, for each message"),
            report.rounds(15),
            report.operations(50_000),
            vec![
                Contender::timed(
                    "the floor: raw channel + one SDK span with links",
                    |messages| floor(messages, &tracer, &parent),
                ),
                Contender::timed("raw crossbeam-channel, taken by 64", |messages| {
                    raw(messages)
                }),
                Contender::timed("traced-worker, batch = 64", |messages| {
                    sent::<collect>(messages, &provider)
                }),
                Contender::timed("traced-worker, one by one", |messages| {
                    sent::<process>(messages, &provider)
                }),
            ],
        ));
    }
}

#[traced_worker(batch = 64)]
fn collect(messages: Vec<Message>) {
    black_box(messages);
}

fn sent<W>(messages: u64, provider: &SdkTracerProvider) -> Duration
where
    W: Worker<Message = Message, State = ()>,
{
    let pool = traced_worker::PoolBuilder::<W>::new();
    let pool = pool
        .threads(1)
        .queue(QUEUE)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be had");
    };
    let start = Instant::now();
    for number in 0..messages {
        if pool.send([number; 8]).is_err() {
            unreachable!("the pool is open");
        }
    }
    pool.shutdown(Duration::MAX);
    start.elapsed()
}

fn batches(receiver: &Receiver<Message>) -> impl Iterator<Item = Vec<Message>> {
    std::iter::from_fn(|| {
        let first = receiver.recv().ok()?;
        let more = receiver.try_iter().take(SIZE - 1);
        Some(std::iter::once(first).chain(more).collect())
    })
}

fn raw(messages: u64) -> Duration {
    through_channel(
        1,
        messages,
        |message| message,
        |receiver| {
            for batch in batches(&receiver) {
                black_box(batch);
            }
        },
    )
}

fn floor(messages: u64, tracer: &SdkTracer, parent: &Context) -> Duration {
    let link = parent.span().span_context().clone();
    through_channel(
        1,
        messages,
        |message| message,
        |receiver| {
            for batch in batches(&receiver) {
                let links = batch.iter().map(|_| Link::with_context(link.clone()));
                let span = tracer.span_builder("collect").with_links(links.collect());
                let context = Context::new().with_span(span.start(tracer));
                let _guard = context.attach();
                black_box(batch);
            }
        },
    )
}

//! Batches of 64: one span for up to 64 messages, with a link to each message's context.

use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use opentelemetry::Context;
use opentelemetry::trace::{Link, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use traced_worker::{SyncWorker, traced_worker};

use crate::Message;
use crate::channels::{CAPACITY, job, message, process, through_channel};
use crate::harness::{Contender, Section};
use crate::provider::{dispatch_context, provider};
use crate::report::Report;

const SIZE: usize = 64;

const SDK_SPAN: &str = "a raw channel and one SDK span with links";
const BATCH: &str = "traced-worker, batch = 64";

pub(crate) fn run(report: &mut Report) {
    for sampled in [true, false] {
        let provider = provider(sampled);
        let tracer = provider.tracer("bench");
        let parent = dispatch_context(&provider);
        let _guard = parent.clone().attach();
        let decision = if sampled { "sampled" } else { "unsampled" };
        let section = Section::measure(
            format!("batches of 64, {decision}, 1 thread, for each message"),
            report.rounds(35),
            report.operations(50_000),
            vec![
                Contender::timed(SDK_SPAN, |messages| sdk_span(messages, &tracer, &parent)),
                Contender::timed("a raw channel, taken by 64", raw),
                Contender::timed(BATCH, |messages| traced::<collect>(messages, &provider)),
                Contender::timed("traced-worker, one by one", |messages| {
                    traced::<process>(messages, &provider)
                }),
            ],
        );
        report.print(&section);
        report.add_ratio(
            &format!(
                "batches of 64, {decision}, for each message, to a crossbeam channel + one SDK \
                 span with links"
            ),
            Some(1.5),
            vec![section.ratio(BATCH, SDK_SPAN)],
        );
    }
}

#[traced_worker(batch = 64)]
fn collect(messages: Vec<Message>) {
    messages.into_iter().for_each(job);
}

fn traced<W>(messages: u64, provider: &SdkTracerProvider) -> Duration
where
    W: SyncWorker<Message = Message, State = ()>,
{
    let pool = traced_worker::PoolBuilder::<W>::new();
    let pool = pool
        .threads(1)
        .queue_capacity(CAPACITY)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be started");
    };
    let start = Instant::now();
    for _ in 0..messages {
        if pool.send(message(0)).is_err() {
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
                batch.into_iter().for_each(job);
            }
        },
    )
}

fn sdk_span(messages: u64, tracer: &SdkTracer, parent: &Context) -> Duration {
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
                batch.into_iter().for_each(job);
            }
        },
    )
}

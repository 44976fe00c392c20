//! Fire and forget: one dispatcher, one or more workers, a queue of 1024.

use opentelemetry::Context;
use opentelemetry::global;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};

use crate::harness::{Contender, Section};
use crate::report::Report;
use crate::{peers, provider};

pub(crate) const FLOOR: &str = "the floor: raw channel + SDK span";
pub(crate) const ARTICLE: &str = "the article's way";
pub(crate) const TRACING: &str = "tracing + tracing-opentelemetry";
pub(crate) const FASTRACE: &str = "fastrace";
pub(crate) const TRACED: &str = "traced-worker";

pub(crate) const WORKERS: [usize; 3] = [1, 2, 8];

const MESSAGES: u64 = 50_000;
const ROUNDS: usize = 15;

/// What there is to record spans.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Provided {
    Sampled,
    Unsampled,
    Nothing,
}

pub(crate) fn title(provided: Provided, workers: usize) -> String {
    let provided = match provided {
        Provided::Sampled => "sampled",
        Provided::Unsampled => "unsampled",
        Provided::Nothing => "no provider",
    };
    format!("dispatch to run, {provided}, {workers} workers")
}

/// Must come first: a provider, or fastrace's reporter, cannot be taken away again.
pub(crate) fn run_without_provider(report: &mut Report) {
    let tracer = global::tracer("bench");
    for workers in WORKERS {
        report.add(Section::measure(
            title(Provided::Nothing, workers),
            report.rounds(ROUNDS),
            report.operations(MESSAGES),
            vec![
                Contender::timed("the floor: raw channel + no-op span", |messages| {
                    peers::floor(workers, messages, &tracer, &Context::new())
                }),
                Contender::timed("raw crossbeam-channel", |messages| {
                    peers::raw(workers, messages)
                }),
                Contender::timed(ARTICLE, |messages| {
                    peers::article(workers, messages, &tracer)
                }),
                Contender::timed("tracing, no subscriber", |messages| {
                    peers::tracing_alone(workers, messages)
                }),
                Contender::timed("fastrace, no reporter", |messages| {
                    peers::fastrace(workers, messages, true)
                }),
                Contender::timed(TRACED, |messages| {
                    peers::traced_worker(workers, messages, None, &[])
                }),
            ],
        ));
    }
}

pub(crate) fn run(report: &mut Report) {
    peers::set_fastrace_reporter();
    for workers in WORKERS {
        for provided in [Provided::Sampled, Provided::Unsampled] {
            let sampled = matches!(provided, Provided::Sampled);
            let provider = provider(sampled);
            global::set_tracer_provider(provider.clone());
            let tracer = provider.tracer("bench");
            let parent = Context::new().with_span(tracer.start("dispatch"));
            let others = [(); 2].map(|()| Context::new().with_span(tracer.start("dispatch")));
            let guard = parent.clone().attach();
            report.add(Section::measure(
                title(provided, workers),
                report.rounds(ROUNDS),
                report.operations(MESSAGES),
                vec![
                    Contender::timed(FLOOR, |messages| {
                        peers::floor(workers, messages, &tracer, &parent)
                    }),
                    Contender::timed("raw crossbeam-channel", |messages| {
                        peers::raw(workers, messages)
                    }),
                    Contender::timed(ARTICLE, |messages| {
                        peers::article(workers, messages, &tracer)
                    }),
                    Contender::timed(TRACING, |messages| {
                        peers::tracing(workers, messages, &provider)
                    }),
                    Contender::timed(FASTRACE, |messages| {
                        peers::fastrace(workers, messages, sampled)
                    }),
                    Contender::timed(TRACED, |messages| {
                        peers::traced_worker(workers, messages, Some(&provider), &[])
                    }),
                    Contender::timed("traced-worker, the global provider", |messages| {
                        peers::traced_worker(workers, messages, None, &[])
                    }),
                    Contender::timed("traced-worker, another parent each time", |messages| {
                        peers::traced_worker(workers, messages, Some(&provider), &others)
                    }),
                ],
            ));
            drop(guard);
        }
    }
}

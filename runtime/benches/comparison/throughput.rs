//! Fire and forget: one dispatcher, one or more workers, a queue of 1024.

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};

use crate::harness::{Contender, compare, print};
use crate::{peers, provider};

const MESSAGES: u64 = 50_000;
const ROUNDS: usize = 15;

pub(crate) fn run() {
    for workers in [1, 2, 8] {
        for sampled in [true, false] {
            let provider = provider(sampled);
            let tracer = provider.tracer("bench");
            let parent = Context::new().with_span(tracer.start("dispatch"));
            let guard = parent.clone().attach();
            let rows = compare(
                ROUNDS,
                MESSAGES,
                vec![
                    Contender::timed("the floor: raw channel + SDK span", |messages| {
                        peers::floor(workers, messages, &tracer, &parent)
                    }),
                    Contender::timed("raw crossbeam-channel", |messages| {
                        peers::raw(workers, messages)
                    }),
                    Contender::timed("the article's way", |messages| {
                        peers::article(workers, messages, &tracer)
                    }),
                    Contender::timed("tracing + tracing-opentelemetry", |messages| {
                        peers::tracing(workers, messages, &provider)
                    }),
                    Contender::timed("fastrace", |messages| {
                        peers::fastrace(workers, messages, sampled)
                    }),
                    Contender::timed("traced-worker", |messages| {
                        peers::traced_worker(workers, messages, &provider)
                    }),
                ],
            );
            drop(guard);
            let decision = if sampled { "sampled" } else { "unsampled" };
            print(
                &format!("dispatch to run, {decision}, {workers} workers"),
                &rows,
            );
        }
    }
}

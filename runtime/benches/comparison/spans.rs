//! With a provider: spans that are sampled, and spans that are not.

use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;

use crate::channels;
use crate::harness::{Contender, Section};
use crate::provider::{dispatch_context, provider};
use crate::report::Report;

const TRACED: &str = "traced-worker";
const TRACED_SAMPLED: &str = "traced-worker, sampled";
const TRACED_UNSAMPLED: &str = "traced-worker, unsampled";
const CROSSBEAM: &str = "raw crossbeam-channel";
const SDK_SPAN: &str = "lower bound: a raw channel and an SDK span";
const SDK_SPAN_WITH_ATTRIBUTES: &str = "a raw channel and an SDK span with the same six attributes";
const HASH_MAP: &str = "a `HashMap` carrier through the propagator";
const TRACING: &str = "tracing + tracing-opentelemetry";
const FASTRACE: &str = "fastrace";

const THREADS: [usize; 3] = [1, 2, 8];

const MESSAGES: u64 = 50_000;
const ROUNDS: usize = 35;

pub(crate) fn run(report: &mut Report) {
    channels::set_fastrace_reporter();
    let sampled = THREADS.map(|threads| measure(report, threads, true));
    let unsampled = THREADS.map(|threads| measure(report, threads, false));
    let mut add = |title: &str, target, sections: &[Section], base| {
        let ratios = sections.iter().map(|section| section.ratio(TRACED, base));
        report.add_ratio(title, target, ratios.collect());
    };
    add(
        "unsampled, to a crossbeam channel + an SDK span with a ready-made parent; 1, 2, 8 threads",
        Some(0.8),
        &unsampled,
        SDK_SPAN,
    );
    add(
        "sampled, to a crossbeam channel + an SDK span with the same six attributes; 1, 2, 8 threads",
        Some(1.0),
        &sampled,
        SDK_SPAN_WITH_ATTRIBUTES,
    );
    add(
        "sampled, to a `HashMap` carrier through the propagator; 1, 2, 8 threads",
        Some(0.33),
        &sampled,
        HASH_MAP,
    );
    add(
        "sampled, to `tracing` + `tracing-opentelemetry`; 1, 2, 8 threads",
        None,
        &sampled,
        TRACING,
    );
    add(
        "sampled, to `fastrace`; 1, 2, 8 threads",
        None,
        &sampled,
        FASTRACE,
    );
}

/// Compares the time of a job with and without a span.
pub(crate) fn run_job_lengths(report: &mut Report) {
    let (on, off) = (provider(true), provider(false));
    let (on_parent, off_parent) = (dispatch_context(&on), dispatch_context(&off));
    let (mut sampled, mut unsampled) = (Vec::new(), Vec::new());
    for nanoseconds in [1_000, 10_000, 100_000] {
        let steps = channels::steps(nanoseconds);
        let section = Section::measure(
            format!("jobs of {nanoseconds} ns, 1 thread"),
            report.rounds(ROUNDS),
            report.operations(u64::from(30_000_000 / nanoseconds)),
            vec![
                Contender::timed(CROSSBEAM, |jobs| channels::crossbeam(1, jobs, steps)),
                Contender::timed(TRACED_SAMPLED, |jobs| {
                    let _guard = on_parent.clone().attach();
                    channels::traced_worker(1, jobs, steps, Some(&on), &[])
                }),
                Contender::timed(TRACED_UNSAMPLED, |jobs| {
                    let _guard = off_parent.clone().attach();
                    channels::traced_worker(1, jobs, steps, Some(&off), &[])
                }),
            ],
        );
        report.print(&section);
        sampled.push(section.ratio(TRACED_SAMPLED, CROSSBEAM));
        unsampled.push(section.ratio(TRACED_UNSAMPLED, CROSSBEAM));
    }
    report.add_ratio(
        "sampled, to a raw crossbeam channel, 1 thread; jobs of 1, 10, 100 µs",
        None,
        sampled,
    );
    report.add_ratio("the same, unsampled", None, unsampled);
}

fn measure(report: &Report, threads: usize, sampled: bool) -> Section {
    let provider = provider(sampled);
    global::set_tracer_provider(provider.clone());
    let tracer = provider.tracer("bench");
    let parent = dispatch_context(&provider);
    let others = [(); 2].map(|()| dispatch_context(&provider));
    let _guard = parent.clone().attach();
    let decision = if sampled { "sampled" } else { "unsampled" };
    let section = Section::measure(
        format!("{decision}, {threads} threads"),
        report.rounds(ROUNDS),
        report.operations(MESSAGES),
        vec![
            Contender::timed(SDK_SPAN, |messages| {
                channels::sdk_span(threads, messages, &tracer, &parent)
            }),
            Contender::timed(SDK_SPAN_WITH_ATTRIBUTES, |messages| {
                channels::sdk_span_with_attributes(threads, messages, &tracer, &parent)
            }),
            Contender::timed(CROSSBEAM, |messages| {
                channels::crossbeam(threads, messages, 0)
            }),
            Contender::timed(HASH_MAP, |messages| {
                channels::hash_map_carrier(threads, messages, &tracer)
            }),
            Contender::timed(TRACING, |messages| {
                channels::tracing_opentelemetry(threads, messages, &provider)
            }),
            Contender::timed(FASTRACE, |messages| {
                channels::fastrace(threads, messages, sampled)
            }),
            Contender::timed(TRACED, |messages| {
                channels::traced_worker(threads, messages, 0, Some(&provider), &[])
            }),
            Contender::timed("traced-worker, the global provider", |messages| {
                channels::traced_worker(threads, messages, 0, None, &[])
            }),
            Contender::timed("traced-worker, another parent each time", |messages| {
                channels::traced_worker(threads, messages, 0, Some(&provider), &others)
            }),
        ],
    );
    report.print(&section);
    section
}

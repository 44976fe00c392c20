//! How much longer a job takes because it is traced, against how long it runs.

use std::hint::black_box;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use traced_worker::traced_worker;

use crate::chart::{Chart, Line, SeriesLabelPosition};
use crate::harness::{Contender, Section};
use crate::peers::{QUEUE, through_channel};
use crate::provider;
use crate::report::Report;

const RAW: &str = "the job over a raw crossbeam-channel";
const SAMPLED: &str = "traced-worker, sampled";
const UNSAMPLED: &str = "traced-worker, unsampled";

/// Nanoseconds that the jobs run.
const JOBS: [u32; 9] = [
    100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
];

/// What all jobs of one round take, about.
const ROUND: Duration = Duration::from_millis(60);

pub(crate) fn run(report: &mut Report) {
    let (on, off) = (provider(true), provider(false));
    let speed = steps_of_a_microsecond();
    let mut lines = [SAMPLED, UNSAMPLED].map(Line::new);
    for nanoseconds in JOBS {
        let steps = (f64::from(nanoseconds) / 1000.0 * speed).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let steps = steps as u64;
        let jobs = ROUND.as_nanos() / u128::from(nanoseconds);
        let jobs = u64::try_from(jobs.min(100_000)).unwrap_or(u64::MAX);
        let section = Section::measure(
            format!("a job of {nanoseconds} ns"),
            report.rounds(25),
            report.operations(jobs).max(1),
            vec![
                Contender::timed(RAW, |jobs| raw(jobs, steps)),
                Contender::timed(SAMPLED, |jobs| traced(jobs, steps, &on)),
                Contender::timed(UNSAMPLED, |jobs| traced(jobs, steps, &off)),
            ],
        );
        for line in &mut lines {
            let more = (section.ratio(line.name, RAW) - 1.0) * 100.0;
            // What is lost in the noise has no place on a logarithmic axis.
            if more > 0.02 {
                line.points.push((f64::from(nanoseconds), more));
            }
        }
        report.add(section);
    }
    let chart = Chart {
        title: "What tracing adds to a job, against how long the job runs",
        x: "nanoseconds that the job runs",
        y: "percent more than over a raw channel",
        lines: &lines,
        mark: Some((1.0, "1 %")),
        legend: SeriesLabelPosition::UpperRight,
    };
    report.write_doc("cost-by-job.svg", &chart.draw());
}

/// Something that takes time and cannot be left out.
fn work(steps: u64) -> u64 {
    (0..steps).fold(black_box(1), |hash: u64, step| {
        (hash ^ step)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
    })
}

fn steps_of_a_microsecond() -> f64 {
    const STEPS: u32 = 1_000_000;
    let fastest = (0..9).map(|_| {
        let start = Instant::now();
        black_box(work(u64::from(STEPS)));
        start.elapsed()
    });
    let fastest = fastest.min().unwrap_or_default();
    f64::from(STEPS) / (fastest.as_secs_f64() * 1e6)
}

fn raw(jobs: u64, steps: u64) -> Duration {
    through_channel(
        1,
        jobs,
        |message| (message, steps),
        |receiver| {
            for (message, steps) in receiver {
                black_box((message, work(steps)));
            }
        },
    )
}

#[traced_worker]
fn busy(message: crate::Message, steps: u64) {
    black_box((message, work(steps)));
}

fn traced(jobs: u64, steps: u64, provider: &SdkTracerProvider) -> Duration {
    let pool = busy::pool()
        .threads(1)
        .queue(QUEUE)
        .tracer_provider(provider)
        .start();
    let Ok(pool) = pool else {
        unreachable!("threads can be had");
    };
    let parent = Context::new().with_span(provider.tracer("bench").start("dispatch"));
    let _guard = parent.attach();
    let start = Instant::now();
    for number in 0..jobs {
        if pool.send(([number; 8], steps)).is_err() {
            unreachable!("the pool is open");
        }
    }
    pool.shutdown(Duration::MAX);
    start.elapsed()
}

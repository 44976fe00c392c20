//! Without a provider, on 1 to 64 threads: the cost of the queue and of a context that is empty.

use opentelemetry::{Context, global};

use crate::channels;
use crate::chart::{Chart, Line};
use crate::harness::{Contender, Section};
use crate::report::Report;

const TRACED: &str = "traced-worker";
const CROSSBEAM: &str = "crossbeam-channel";
const CHANNELS: [&str; 3] = [CROSSBEAM, "kanal", "async-channel"];
const TRACING: &str = "crossbeam-channel + tracing, no subscriber";

const THREADS: [u8; 6] = [1, 2, 4, 8, 16, 64];

/// Nanoseconds of a job, and the number of jobs of a round.
const JOBS: [(u32, u64); 3] = [(0, 50_000), (1_000, 10_000), (10_000, 2_000)];

const ROUNDS: usize = 45;

pub(crate) fn run(report: &mut Report) {
    let tracer = global::tracer("bench");
    let mut lines = [TRACED, CHANNELS[0], CHANNELS[1], CHANNELS[2]].map(Line::new);
    let (mut to_crossbeam, mut to_tracing) = (Vec::new(), Vec::new());
    let mut to_best = [(); JOBS.len()].map(|()| Vec::new());
    for (index, (nanoseconds, jobs)) in JOBS.into_iter().enumerate() {
        let steps = channels::steps(nanoseconds);
        for number in THREADS {
            let threads = usize::from(number);
            let mut contenders = vec![
                Contender::timed(CHANNELS[0], |jobs| {
                    channels::crossbeam(threads, jobs, steps)
                }),
                Contender::timed(CHANNELS[1], |jobs| channels::kanal(threads, jobs, steps)),
                Contender::timed(CHANNELS[2], |jobs| {
                    channels::async_channel(threads, jobs, steps)
                }),
                Contender::timed(TRACED, |jobs| {
                    channels::traced_worker(threads, jobs, steps, None, &[])
                }),
            ];
            if nanoseconds == 0 {
                contenders.push(Contender::timed(TRACING, |jobs| {
                    channels::tracing_without_subscriber(threads, jobs)
                }));
                contenders.push(Contender::timed("crossbeam-channel + no-op span", |jobs| {
                    channels::sdk_span(threads, jobs, &tracer, &Context::new())
                }));
                contenders.push(Contender::timed(
                    "crossbeam-channel + fastrace, no reporter",
                    |jobs| channels::fastrace(threads, jobs, true),
                ));
            }
            let section = Section::measure(
                format!("no provider, jobs of {nanoseconds} ns, {threads} threads"),
                report.rounds(ROUNDS),
                report.operations(jobs),
                contenders,
            );
            if nanoseconds == 0 {
                to_crossbeam.push((number, section.ratio(TRACED, CROSSBEAM)));
                to_tracing.push((number, section.ratio(TRACED, TRACING)));
                for line in &mut lines {
                    let point = (f64::from(number), section.nanoseconds(line.name));
                    line.points.push(point);
                }
            }
            let [mut best, others @ ..] = CHANNELS;
            for other in others {
                if section.nanoseconds(other) < section.nanoseconds(best) {
                    best = other;
                }
            }
            to_best[index].push(section.ratio(TRACED, best));
            report.print(&section);
        }
    }
    let at = |ratios: &[(u8, f64)], threads: &[u8]| -> Vec<f64> {
        let ratios = ratios.iter().filter(|(number, _)| threads.contains(number));
        ratios.map(|(_, ratio)| *ratio).collect()
    };
    report.add_ratio(
        "no provider, to a raw crossbeam channel; 1, 2, 4, 8, 16 threads",
        Some(2.0),
        at(&to_crossbeam, &[1, 2, 4, 8, 16]),
    );
    report.add_ratio("the same, 64 threads", Some(3.0), at(&to_crossbeam, &[64]));
    report.add_ratio(
        "no provider, to a crossbeam channel + `tracing` without a subscriber; 1, 2, 8 threads",
        Some(1.3),
        at(&to_tracing, &[1, 2, 8]),
    );
    let [_, one_us, ten_us] = to_best;
    report.add_ratio(
        "no provider, jobs of 1 µs, to the best of crossbeam, kanal and async-channel; \
         1, 2, 4, 8, 16, 64 threads",
        Some(1.15),
        one_us,
    );
    report.add_ratio("the same, jobs of 10 µs", None, ten_us);
    report.set_chart(&Chart {
        title: "Cost of a message by number of threads, no provider",
        x: "threads",
        y: "nanoseconds a message",
        lines: &lines,
    });
}

//! From 1 to 64 threads, on however many cores there are.

use opentelemetry::trace::TracerProvider as _;

use super::{RAW, SAMPLED, UNSAMPLED, parent};
use crate::chart::{Chart, Line, SeriesLabelPosition};
use crate::harness::{Contender, Section};
use crate::report::Report;
use crate::throughput::FLOOR;
use crate::{peers, provider};

const THREADS: [u8; 7] = [1, 2, 4, 8, 16, 32, 64];

pub(super) fn run(report: &mut Report) {
    let (on, off) = (provider(true), provider(false));
    let tracer = on.tracer("bench");
    let (on_parent, off_parent) = (parent(&on), parent(&off));
    let mut lines = [RAW, FLOOR, SAMPLED, UNSAMPLED].map(Line::new);
    for number in THREADS {
        let threads = usize::from(number);
        let section = Section::measure(
            format!("cost of a message, {threads} threads"),
            report.rounds(9),
            report.operations(100_000),
            vec![
                Contender::timed(RAW, |messages| peers::raw(threads, messages)),
                Contender::timed(FLOOR, |messages| {
                    peers::floor(threads, messages, &tracer, &on_parent)
                }),
                Contender::timed(SAMPLED, |messages| {
                    let _guard = on_parent.clone().attach();
                    peers::traced_worker(threads, messages, Some(&on), &[])
                }),
                Contender::timed(UNSAMPLED, |messages| {
                    let _guard = off_parent.clone().attach();
                    peers::traced_worker(threads, messages, Some(&off), &[])
                }),
            ],
        );
        for line in &mut lines {
            line.points
                .push((f64::from(number), section.nanoseconds(line.name)));
        }
        report.add(section);
    }
    let chart = Chart {
        title: "Cost of a message against threads",
        x: "threads of the pool",
        y: "nanoseconds a message",
        lines: &lines,
        mark: None,
        legend: SeriesLabelPosition::UpperLeft,
    };
    report.write_doc("cost-by-threads.svg", &chart.draw());
}

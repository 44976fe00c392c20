//! What the project wants to reach, and whether it does.

use std::fmt::Write as _;

use crate::report::Report;
use crate::{carrier, round_trip, throughput};

struct Target {
    what: &'static str,
    /// Titles of the sections that it is looked for in.
    sections: Vec<String>,
    name: &'static str,
    base: &'static str,
    most: f64,
}

/// All targets with the ratios that were measured; those that were not are left out.
pub(crate) fn table(report: &Report) -> String {
    let mut text = String::from("\n**What is aimed at, and what was measured**\n\n");
    let _ = writeln!(
        text,
        "| ratio, median of paired rounds | target | measured |\n| --- | ---: | ---: |"
    );
    for target in targets() {
        let measured: Vec<_> = target
            .sections
            .iter()
            .filter_map(|title| report.section(title))
            .map(|section| section.ratio(target.name, target.base))
            .map(|ratio| {
                let mark = if ratio <= target.most {
                    ""
                } else {
                    " (missed)"
                };
                format!("{ratio:.2}{mark}")
            })
            .collect();
        if !measured.is_empty() {
            let (what, most) = (target.what, target.most);
            let _ = writeln!(text, "| {what} | {most:.2} | {} |", measured.join(", "));
        }
    }
    text
}

fn targets() -> Vec<Target> {
    use round_trip::{CROSSBEAM, ONESHOT, SPAWN_BLOCKING};
    use throughput::{ARTICLE, FASTRACE, FLOOR, Provided, TRACED, TRACING};
    let dispatched = |provided: Provided| -> Vec<String> {
        throughput::WORKERS
            .into_iter()
            .map(|workers| throughput::title(provided, workers))
            .collect()
    };
    let sampled = |what, base, most| Target {
        what,
        sections: dispatched(Provided::Sampled),
        name: TRACED,
        base,
        most,
    };
    let replied = |what, in_flight, base, most| Target {
        what,
        sections: vec![round_trip::title(false, 1, in_flight)],
        name: TRACED,
        base,
        most,
    };
    vec![
        Target {
            what: "inject + extract, to `HashMap` + `TraceContextPropagator`",
            sections: vec![carrier::PLAIN.to_owned()],
            name: carrier::CARRIER,
            base: carrier::PROPAGATOR,
            most: 1.0 / 25.0,
        },
        sampled(
            "dispatch to run, sampled, to the floor; 1, 2, 8 workers",
            FLOOR,
            1.10,
        ),
        sampled("the same, to the article's way", ARTICLE, 1.0 / 3.0),
        sampled(
            "the same, to tracing + tracing-opentelemetry",
            TRACING,
            1.0 / 3.0,
        ),
        sampled("the same, to fastrace", FASTRACE, 1.1),
        Target {
            what: "dispatch to run, unsampled, to the article's way; 1, 2, 8 workers",
            sections: dispatched(Provided::Unsampled),
            name: TRACED,
            base: ARTICLE,
            most: 1.0 / 8.0,
        },
        replied(
            "round trip, 1 in flight, unsampled, to a bare crossbeam reply channel",
            1,
            CROSSBEAM,
            1.3,
        ),
        replied("the same, to `spawn_blocking`", 1, SPAWN_BLOCKING, 0.1),
        replied(
            "dispatch + wait, 512 in flight, unsampled, to bare oneshot",
            512,
            ONESHOT,
            1.5,
        ),
        replied(
            "the same, to `spawn_blocking`",
            512,
            SPAWN_BLOCKING,
            1.0 / 3.0,
        ),
    ]
}

//! Paired measurements: the contenders take turns, and what is quoted is the median of the ratios
//! of each round, so that a machine whose speed drifts does not decide.

use std::time::{Duration, Instant};

/// Something to measure: runs `operations` times.
pub(crate) struct Contender<'a> {
    pub(crate) name: &'static str,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
}

impl<'a> Contender<'a> {
    /// Something that does as many operations as it is told, and says how long it took.
    pub(crate) fn timed(name: &'static str, run: impl FnMut(u64) -> Duration + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }

    /// Measures a closure that does one operation.
    pub(crate) fn of<R>(name: &'static str, mut operation: impl FnMut() -> R + 'a) -> Self {
        let run = move |operations| {
            let start = Instant::now();
            for _ in 0..operations {
                std::hint::black_box(operation());
            }
            start.elapsed()
        };
        Self::timed(name, run)
    }
}

/// One contender's figures.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Median of the rounds.
    pub(crate) nanoseconds: f64,
    /// Median over the rounds of its time, divided by the base's in the same round.
    pub(crate) ratio: f64,
}

/// Lets the contenders take turns, `rounds` times; the first is the base of the ratios.
pub(crate) fn compare(
    rounds: usize,
    operations: u64,
    mut contenders: Vec<Contender<'_>>,
) -> Vec<Row> {
    for contender in &mut contenders {
        (contender.run)(operations / 10 + 1);
    }
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..rounds {
        for at in 0..contenders.len() {
            // Each round begins with another one.
            let at = (at + round) % contenders.len();
            let elapsed = (contenders[at].run)(operations);
            #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
            times[at].push(elapsed.as_nanos() as f64 / operations as f64);
        }
    }
    let base = times[0].clone();
    contenders
        .iter()
        .zip(times)
        .map(|(contender, times)| Row {
            name: contender.name,
            ratio: median(
                times
                    .iter()
                    .zip(&base)
                    .map(|(time, base)| time / base)
                    .collect(),
            ),
            nanoseconds: median(times),
        })
        .collect()
}

/// Prints the rows of one comparison.
pub(crate) fn print(title: &str, rows: &[Row]) {
    println!("\n{title}");
    for row in rows {
        println!(
            "  {:<44} {:>9.1} ns {:>8.3}",
            row.name, row.nanoseconds, row.ratio
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

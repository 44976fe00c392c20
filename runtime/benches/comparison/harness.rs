//! Paired measurements.
//!
//! In each round every contender runs once, in rotating order. The result is the median of the
//! rounds' ratios, which does not depend on a machine whose speed drifts.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// One way to do the work that is compared.
pub(crate) struct Contender<'a> {
    name: &'static str,
    run: Box<dyn FnMut(u64) -> Duration + 'a>,
}

impl<'a> Contender<'a> {
    /// Takes a closure that does a number of operations and returns the time that they took.
    pub(crate) fn timed(name: &'static str, run: impl FnMut(u64) -> Duration + 'a) -> Self {
        Self {
            name,
            run: Box::new(run),
        }
    }

    /// Takes a closure that does one operation.
    pub(crate) fn of<R>(name: &'static str, mut operation: impl FnMut() -> R + 'a) -> Self {
        Self::timed(name, move |operations| {
            let start = Instant::now();
            for _ in 0..operations {
                black_box(operation());
            }
            start.elapsed()
        })
    }
}

/// The measurements of contenders that did the same work.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    rows: Vec<Row>,
}

/// One contender's nanoseconds for each operation, round by round.
#[derive(Debug)]
struct Row {
    name: &'static str,
    rounds: Vec<f64>,
}

impl Section {
    /// Measures the contenders for a number of rounds.
    pub(crate) fn measure(
        title: impl Into<String>,
        rounds: usize,
        operations: u64,
        mut contenders: Vec<Contender<'_>>,
    ) -> Self {
        for contender in &mut contenders {
            (contender.run)(operations / 10 + 1);
        }
        let mut rows: Vec<_> = contenders
            .iter()
            .map(|contender| Row {
                name: contender.name,
                rounds: Vec::with_capacity(rounds),
            })
            .collect();
        for round in 0..rounds {
            for index in 0..contenders.len() {
                // Each round begins with another contender.
                let index = (index + round) % contenders.len();
                let elapsed = (contenders[index].run)(operations);
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
                rows[index]
                    .rounds
                    .push(elapsed.as_nanos() as f64 / operations as f64);
            }
        }
        Self {
            title: title.into(),
            rows,
        }
    }

    /// Returns the names of the contenders. The first is the base of the printed ratios.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.name)
    }

    /// Returns the median of a contender's rounds.
    pub(crate) fn nanoseconds(&self, name: &str) -> f64 {
        median(self.row(name).rounds.clone())
    }

    /// Returns the median of the ratios of each round.
    pub(crate) fn ratio(&self, name: &str, base: &str) -> f64 {
        let pairs = self.row(name).rounds.iter().zip(&self.row(base).rounds);
        median(pairs.map(|(one, base)| one / base).collect())
    }

    fn row(&self, name: &str) -> &Row {
        let row = self.rows.iter().find(|row| row.name == name);
        row.unwrap_or_else(|| unreachable!("`{}` has no contender `{name}`", self.title))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

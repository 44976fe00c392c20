//! Paired measurements: the contenders take turns, and what is quoted is the median of the ratios
//! of each round, so that a machine whose speed drifts does not decide.

use std::time::{Duration, Instant};

/// Something to measure: runs `operations` times.
pub(crate) struct Contender<'a> {
    name: &'static str,
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

/// What was measured of contenders that took turns.
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
    /// Lets the contenders take turns, `rounds` times.
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
            for at in 0..contenders.len() {
                // Each round begins with another one.
                let at = (at + round) % contenders.len();
                let elapsed = (contenders[at].run)(operations);
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
                rows[at]
                    .rounds
                    .push(elapsed.as_nanos() as f64 / operations as f64);
            }
        }
        Self {
            title: title.into(),
            rows,
        }
    }

    /// The names of the contenders; the first is the base of the ratios.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(|row| row.name)
    }

    pub(crate) fn base(&self) -> &'static str {
        self.rows[0].name
    }

    /// The median of its rounds.
    pub(crate) fn nanoseconds(&self, name: &str) -> f64 {
        median(self.row(name).rounds.clone())
    }

    /// The median of the ratios of each round.
    pub(crate) fn ratio(&self, name: &str, base: &str) -> f64 {
        let pairs = self.row(name).rounds.iter().zip(&self.row(base).rounds);
        median(pairs.map(|(one, base)| one / base).collect())
    }

    fn row(&self, name: &str) -> &Row {
        let row = self.rows.iter().find(|row| row.name == name);
        row.unwrap_or_else(|| unreachable!("`{name}` takes part in `{}`", self.title))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

//! Traces that are counted and not drawn.

use super::pending::Finished;
use super::text;
use super::units::{count, counted};

/// Different names that are told apart.
const NAMES: usize = 32;
/// Names that the line shows.
const SHOWN: usize = 3;

/// How many traces were not drawn, and of what.
#[derive(Debug, Default)]
pub(super) struct Summary {
    traces: usize,
    spans: usize,
    errors: usize,
    unfinished: usize,
    names: Vec<(String, usize)>,
    has_other_names: bool,
}

impl Summary {
    pub(super) fn add(&mut self, trace: &Finished) {
        self.traces += 1;
        self.spans += trace.span_count();
        self.errors += trace.errors();
        self.unfinished += usize::from(trace.still_open > 0);
        let name = trace.name();
        if let Some((_, times)) = self.names.iter_mut().find(|(known, _)| known == name) {
            *times += 1;
        } else if self.names.len() < NAMES {
            self.names.push((name.to_owned(), 1));
        } else {
            self.has_other_names = true;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.traces == 0
    }

    /// `… and 2,381 more traces (2,381 spans, 3 errors): worker_process`.
    pub(super) fn line(&self) -> String {
        let mut inside = counted(self.spans, "span");
        for (number, what) in [
            (self.errors, "error"),
            (self.unfinished, "unfinished trace"),
        ] {
            if number > 0 {
                inside = format!("{inside}, {}", counted(number, what));
            }
        }
        let mut names: Vec<_> = self
            .names
            .iter()
            .filter(|(name, _)| !name.is_empty())
            .collect();
        names.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let more = self.has_other_names || names.len() > SHOWN;
        let shown: Vec<String> = names
            .iter()
            .take(SHOWN)
            .map(|(name, _)| text::clean(name).into_owned())
            .collect();
        let traces = if self.traces == 1 { "trace" } else { "traces" };
        let mut line = format!("… and {} more {traces} ({inside})", count(self.traces));
        if !shown.is_empty() {
            line = format!(
                "{line}: {}{}",
                shown.join(", "),
                if more { ", …" } else { "" }
            );
        }
        line
    }
}

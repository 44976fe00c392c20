//! How wide each column is.

use super::super::record::Record;
use super::super::rows::{Kind, Row};
use super::super::text::{clean, width};
use super::super::units::duration;

/// Between two columns, and for each level of the tree.
pub(super) const GAP: usize = 2;

const SHORTEST_BAR: usize = 10;
const LONGEST_BAR: usize = 80;
/// A name that has less room than this makes the bar and the thread give way.
const SHORTEST_NAME: usize = 16;
const LONGEST_THREAD: usize = 26;

/// Columns of the name (with its indent), the bar, the duration and the thread; 0 where it is not
/// shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) name: usize,
    pub(super) bar: usize,
    pub(super) duration: usize,
    pub(super) thread: usize,
    deepest_indent: usize,
}

impl Columns {
    /// For these rows in `total` columns: first the bar shrinks, then names are cut, then threads
    /// and bars go.
    pub(super) fn new(rows: &[Row], spans: &[Record], total: usize) -> Self {
        let deepest_indent = total / 3;
        let shown = || {
            rows.iter().filter_map(|row| match row.kind {
                Kind::Span(index, _) => Some((row.depth, &spans[index])),
                Kind::More(_) => None,
            })
        };
        let widest =
            |column: fn(&Record) -> usize| shown().map(|(_, span)| column(span)).max().unwrap_or(0);
        let name = shown()
            .map(|(depth, span)| (GAP * depth).min(deepest_indent) + width(&clean(&span.name)))
            .max()
            .unwrap_or(0);
        let duration = widest(|span| width(&duration(span.duration())));
        let thread = widest(|span| {
            span.thread
                .as_ref()
                .map_or(0, |thread| width(&clean(thread)) + 2)
        });
        let thread = thread.min(LONGEST_THREAD);

        let mut columns = Self {
            name,
            bar: 0,
            duration,
            thread,
            deepest_indent,
        };
        let short_name = name.min(SHORTEST_NAME);
        let thread_and_gap = if thread > 0 { thread + GAP } else { 0 };
        let fixed = GAP + duration;
        let all = total.saturating_sub(fixed + GAP + thread_and_gap);
        if all >= short_name + SHORTEST_BAR {
            columns.name = name.min(all - SHORTEST_BAR);
            columns.bar = (all - columns.name).min(LONGEST_BAR);
            return columns;
        }
        columns.thread = 0;
        let without_thread = total.saturating_sub(fixed + GAP);
        if without_thread >= short_name + SHORTEST_BAR {
            columns.name = name.min(without_thread - SHORTEST_BAR);
            columns.bar = without_thread - columns.name;
            return columns;
        }
        columns.name = name.min(total.saturating_sub(fixed));
        columns
    }

    /// Deep trees stop being indented where names would have no room.
    pub(super) fn indent(&self, depth: usize) -> usize {
        (GAP * depth).min(self.deepest_indent)
    }
}

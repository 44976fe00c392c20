//! The widths of the columns, and the bars on the common time axis.

use crate::label::fields;
use crate::text::{clean, duration, width};
use crate::trace::Record;
use crate::tree::{Kind, Row};

/// The columns between two columns, and the indent of each level.
pub(crate) const GAP: usize = 2;

const SHORTEST_BAR: usize = 10;
const LONGEST_BAR: usize = 80;
/// The part of the total width that fields leave to the bar: a fifth, and not less than this.
const BAR_BESIDE_FIELDS: usize = 16;
/// A name with less room than this makes the bar and the thread give way.
const SHORTEST_NAME: usize = 16;
const LONGEST_THREAD: usize = 26;

/// The widths of the name (with its indent and the fields), the bar, the duration and the thread; 0 if it is not
/// shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    pub(crate) name: usize,
    pub(crate) bar: usize,
    pub(crate) duration: usize,
    pub(crate) thread: usize,
    deepest_indent: usize,
}

impl Columns {
    /// Fits the rows into `total` columns: first fields are cut, then the bar shrinks, then names are
    /// cut, then threads and bars go.
    pub(crate) fn new(rows: &[Row], spans: &[Record], total: usize) -> Self {
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
        // Names and their fields, in so many columns.
        let label = |columns: usize| {
            let widths = shown().map(|(depth, span)| {
                let name = (GAP * depth).min(deepest_indent) + width(&clean(&span.name));
                name + width(&fields(span, columns.saturating_sub(name)))
            });
            widths.max().unwrap_or(0).min(columns)
        };
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
        let bar_beside_fields = (total / 5).max(BAR_BESIDE_FIELDS);
        let with_fields =
            |name: usize, all: usize| name.max(label(all.saturating_sub(bar_beside_fields)));
        if all >= short_name + SHORTEST_BAR {
            columns.name = with_fields(name.min(all - SHORTEST_BAR), all);
            columns.bar = (all - columns.name).min(LONGEST_BAR);
            return columns;
        }
        columns.thread = 0;
        let without_thread = total.saturating_sub(fixed + GAP);
        if without_thread >= short_name + SHORTEST_BAR {
            columns.name = with_fields(name.min(without_thread - SHORTEST_BAR), without_thread);
            columns.bar = without_thread - columns.name;
            return columns;
        }
        columns.name = label(total.saturating_sub(fixed));
        columns
    }

    /// Returns the indent of a level. Deep trees are not indented further, because names would have
    /// no room.
    pub(crate) fn indent(&self, depth: usize) -> usize {
        (GAP * depth).min(self.deepest_indent)
    }
}

/// The time of the whole trace, and the number of cells that it is drawn in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) cells: usize,
}

/// The cells of one bar: from `start` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cells {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Axis {
    /// Returns the cells of a span, at least one, inside those of `within` however they are rounded.
    pub(crate) fn cells(&self, start: u64, end: u64, within: Option<Cells>) -> Cells {
        let outer = within.unwrap_or(Cells {
            start: 0,
            end: self.cells,
        });
        let (first, last) = (self.position(start), self.position(end));
        let start = first.clamp(outer.start, outer.end.saturating_sub(1).max(outer.start));
        let end = last.clamp(start.saturating_add(1).min(outer.end), outer.end.max(start));
        Cells { start, end }
    }

    /// Returns the cell at which the wait before a bar begins, and whether it began before the axis.
    pub(crate) fn wait(&self, from: u64, bar: Cells) -> (usize, bool) {
        (self.position(from).min(bar.start), from < self.start)
    }

    /// Returns the cell of a time inside a bar, between its ends; `None` if there is none.
    pub(crate) fn mark(&self, time: u64, bar: Cells) -> Option<usize> {
        let (first, last) = (bar.start + 1, bar.end.checked_sub(2)?);
        (first <= last).then(|| self.cell(time).clamp(first, last))
    }

    /// Returns the cell that a time lies in.
    fn cell(&self, time: u64) -> usize {
        let length = u128::from(self.end.saturating_sub(self.start)).max(1);
        let offset = u128::from(time.saturating_sub(self.start)) * self.cells as u128;
        usize::try_from(offset / length).map_or(self.cells, |cell| cell.min(self.cells))
    }

    /// Returns the nearest border between two cells.
    fn position(&self, time: u64) -> usize {
        let length = u128::from(self.end.saturating_sub(self.start)).max(1);
        let offset = u128::from(time.saturating_sub(self.start)) * self.cells as u128;
        usize::try_from((offset + length / 2) / length)
            .map_or(self.cells, |cell| cell.min(self.cells))
    }
}

impl Cells {
    /// Returns `[==*=]`, or `|` in one cell. Each mark is at a cell between the ends.
    pub(crate) fn draw(self, marks: &[(usize, char)]) -> String {
        match self.end - self.start {
            0 => String::new(),
            1 => "|".to_owned(),
            cells => {
                let mut bar = vec!['='; cells];
                (bar[0], bar[cells - 1]) = ('[', ']');
                for &(cell, mark) in marks {
                    bar[cell - self.start] = mark;
                }
                bar.into_iter().collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Cells};

    const AXIS: Axis = Axis {
        start: 1_000,
        end: 2_000,
        cells: 20,
    };

    fn cells(start: usize, end: usize) -> Cells {
        Cells { start, end }
    }

    #[test]
    fn a_bar_stands_where_its_time_is() {
        assert_eq!(AXIS.cells(1_000, 2_000, None), cells(0, 20));
        assert_eq!(AXIS.cells(1_500, 1_750, None), cells(10, 15));
        assert_eq!(AXIS.cells(1_510, 1_740, None), cells(10, 15));
        assert_eq!(AXIS.cells(1_500, 1_750, None).draw(&[]), "[===]");
    }

    #[test]
    fn a_span_of_no_duration_has_a_cell() {
        for time in [1_000, 1_001, 1_500, 1_999, 2_000] {
            let cells = AXIS.cells(time, time, None);
            assert_eq!(cells.end - cells.start, 1, "{time}");
            assert!(cells.end <= 20);
            assert_eq!(cells.draw(&[]), "|");
        }
        let axis = Axis {
            start: 7,
            end: 7,
            cells: 10,
        };
        assert_eq!(axis.cells(7, 7, None), cells(0, 1));
    }

    #[test]
    fn a_child_inside_its_parent_is_drawn_inside_its_parent() {
        for start in 1_000..1_060 {
            for end in start..1_060 {
                let parent = AXIS.cells(start, end, None);
                for time in start..=end {
                    let child = AXIS.cells(time, end, Some(parent));
                    assert!(
                        parent.start <= child.start
                            && child.end <= parent.end
                            && child.start < child.end
                    );
                    let child = AXIS.cells(start, time, Some(parent));
                    assert!(
                        parent.start <= child.start
                            && child.end <= parent.end
                            && child.start < child.end
                    );
                }
            }
        }
    }

    #[test]
    fn a_mark_stands_between_the_ends_of_its_bar() {
        for start in 0..20 {
            for end in start..=20 {
                let bar = cells(start, end);
                for time in [0, 1_000, 1_490, 1_500, 1_999, 2_000, u64::MAX] {
                    let mark = AXIS.mark(time, bar);
                    assert_eq!(mark.is_some(), end - start > 2, "{bar:?}");
                    let marks: Vec<_> = mark.map(|mark| (mark, '*')).into_iter().collect();
                    let drawn = bar.draw(&marks);
                    assert_eq!(drawn.len(), end - start);
                    assert!(
                        mark.is_none() || drawn[1..drawn.len() - 1].contains('*'),
                        "{drawn}"
                    );
                }
            }
        }
        let bar = cells(0, 20);
        assert_eq!(AXIS.mark(1_500, bar), Some(10));
        assert_eq!(bar.draw(&[(10, '*')]), "[=========*========]");
    }

    #[test]
    fn a_wait_ends_where_its_bar_begins() {
        assert_eq!(AXIS.wait(1_250, cells(10, 15)), (5, false));
        assert_eq!(AXIS.wait(1_900, cells(10, 15)), (10, false));
        assert_eq!(AXIS.wait(900, cells(10, 15)), (0, true));
    }

    #[test]
    fn times_off_the_axis_do_no_harm() {
        let axis = Axis {
            start: 0,
            end: u64::MAX,
            cells: 80,
        };
        assert_eq!(axis.cells(u64::MAX, 0, None), cells(79, 80));
        assert_eq!(AXIS.cells(0, u64::MAX, None), cells(0, 20));
        let none = Axis {
            start: 0,
            end: 10,
            cells: 0,
        };
        assert_eq!(none.cells(0, 10, None).draw(&[]), "");
    }
}

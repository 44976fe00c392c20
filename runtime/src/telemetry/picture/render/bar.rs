//! Bars on a common time axis.

/// The time of the whole trace, and the cells it is drawn in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) cells: usize,
}

/// The cells of one bar: from `start` to before `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Axis {
    /// The cells of a span, at least one; inside those of `within`, whatever rounding says.
    pub(super) fn cells(&self, start: u64, end: u64, within: Option<Cells>) -> Cells {
        let outer = within.unwrap_or(Cells {
            start: 0,
            end: self.cells,
        });
        let (first, last) = (self.position(start), self.position(end));
        let start = first.clamp(outer.start, outer.end.saturating_sub(1).max(outer.start));
        let end = last.clamp(start.saturating_add(1).min(outer.end), outer.end.max(start));
        Cells { start, end }
    }

    /// The nearest border between two cells.
    fn position(&self, time: u64) -> usize {
        let length = u128::from(self.end.saturating_sub(self.start)).max(1);
        let offset = u128::from(time.saturating_sub(self.start)) * self.cells as u128;
        usize::try_from((offset + length / 2) / length)
            .map_or(self.cells, |cell| cell.min(self.cells))
    }
}

impl Cells {
    /// `[====]`; too short for both brackets, a stroke.
    pub(super) fn draw(self) -> String {
        match self.end - self.start {
            0 => String::new(),
            1 => "|".to_owned(),
            cells => format!("[{}]", "=".repeat(cells - 2)),
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
        assert_eq!(AXIS.cells(1_500, 1_750, None).draw(), "[===]");
    }

    #[test]
    fn what_takes_no_time_still_has_a_cell() {
        for time in [1_000, 1_001, 1_500, 1_999, 2_000] {
            let cells = AXIS.cells(time, time, None);
            assert_eq!(cells.end - cells.start, 1, "{time}");
            assert!(cells.end <= 20);
            assert_eq!(cells.draw(), "|");
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
        assert_eq!(none.cells(0, 10, None).draw(), "");
    }
}

//! Draws a trace as text.

use std::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};
use opentelemetry::trace::SpanId;

use crate::label;
use crate::layout::{Axis, Cells, Columns, GAP};
use crate::text::{clean, counted, duration, truncate, width, wrap};
use crate::trace::{FinishedTrace, Record, extent};
use crate::tree::{Kind, Orphan, Row, Tree, rows};

const HEADER: Style = Style::new().bold();
const BAR: Style = AnsiColor::Cyan.on_default();
const ERROR: Style = AnsiColor::Red.on_default();
const QUIET: Style = Style::new().dimmed();
const PLAIN: Style = Style::new();

/// The smallest width: nothing readable fits into less.
const NARROWEST: usize = 20;

/// The lines of an error's message.
const MESSAGE_LINES: usize = 3;

/// The wait before a bar, its first cell if it began before the axis, and the events in a bar.
const WAIT: char = '.';
const EARLIER: char = '<';
const EVENT: char = '*';
const EXCEPTION: char = '!';

/// Waits before the first start extend the axis by at most this many times the trace's duration.
const LONGEST_WAIT: u64 = 3;

/// Draws a trace in lines no wider than `columns`, each with its line break.
pub(crate) fn render(trace: &FinishedTrace, columns: usize, color: bool) -> String {
    let tree = Tree::new(&trace.spans);
    let rows = rows(&trace.spans, &tree);
    let total = columns.max(NARROWEST);
    let columns = Columns::new(&rows, &trace.spans, total);
    let (start, end) = extent(&trace.spans);
    let axis = Axis {
        start: first_wait(&rows, &trace.spans, start, end),
        end,
        cells: columns.bar,
    };
    let mut drawing = Drawing {
        trace,
        columns,
        axis,
        total,
        color,
        text: String::new(),
    };
    drawing.header();
    drawing.notes();
    drawing.rows(&rows);
    drawing.text
}

/// Returns where the axis starts: at the first wait that is drawn, or at the first start.
fn first_wait(rows: &[Row], spans: &[Record], start: u64, end: u64) -> u64 {
    let waits = rows.iter().filter_map(|row| match row.kind {
        Kind::Span(index, _) => Some(spans[index].start.saturating_sub(spans[index].wait)),
        Kind::More(_) => None,
    });
    let earliest = start.saturating_sub((end - start).saturating_mul(LONGEST_WAIT));
    waits.min().unwrap_or(start).clamp(earliest, start)
}

struct Drawing<'a> {
    trace: &'a FinishedTrace,
    columns: Columns,
    axis: Axis,
    total: usize,
    color: bool,
    text: String,
}

impl Drawing<'_> {
    fn header(&mut self) {
        let mut facts = vec![
            duration(self.trace.duration()),
            counted(self.trace.span_count(), "span"),
        ];
        let errors = self.trace.errors();
        if errors > 0 {
            facts.push(counted(errors, "error"));
        }
        let facts = facts.join(", ");
        let id = self.trace.id.to_string();
        let line = format!("trace {id}: {facts}");
        let shorter = [
            format!("trace {}…: {facts}", &id[..8]),
            format!("trace: {facts}"),
        ];
        let fits = |line: &String| width(line) <= self.total;
        let line = if fits(&line) {
            line
        } else {
            shorter
                .iter()
                .find(|line| fits(line))
                .unwrap_or(&shorter[1])
                .clone()
        };
        self.line(
            if errors > 0 {
                HEADER.fg_color(ERROR.get_fg_color())
            } else {
                HEADER
            },
            &line,
        );
    }

    fn notes(&mut self) {
        if self.trace.continues {
            self.note(0, "continues a trace: its other spans ended earlier");
        }
        if self.trace.still_open > 0 {
            self.note(
                0,
                &format!(
                    "{} still running, not drawn",
                    counted(self.trace.still_open, "span")
                ),
            );
        }
        if self.trace.left_out > 0 {
            self.note(
                0,
                &format!(
                    "{} not kept: too many in memory",
                    counted(self.trace.left_out, "span")
                ),
            );
        }
        if self.trace.stripped > 0 {
            self.note(
                0,
                &format!(
                    "{} kept without fields, events and links: too many in memory",
                    counted(self.trace.stripped, "span")
                ),
            );
        }
    }

    fn rows(&mut self, rows: &[Row]) {
        // The cells of the ancestors of the current row, from the root on.
        let mut ancestors: Vec<(usize, Cells)> = Vec::new();
        for row in rows {
            let indent = self.columns.indent(row.depth);
            match &row.kind {
                Kind::More(words) => self.note(indent, words),
                Kind::Span(index, orphan) => {
                    ancestors.truncate(row.depth);
                    let cells = self.cells(*index, ancestors.last().copied());
                    ancestors.push((*index, cells));
                    self.span(*index, indent, cells);
                    self.below(*index, indent + GAP, *orphan);
                }
            }
        }
    }

    fn cells(&self, index: usize, parent: Option<(usize, Cells)>) -> Cells {
        let span = &self.trace.spans[index];
        let within = parent.filter(|&(parent, _)| {
            let parent = &self.trace.spans[parent];
            parent.start <= span.start && span.end <= parent.end
        });
        self.axis
            .cells(span.start, span.end, within.map(|(_, cells)| cells))
    }

    fn span(&mut self, index: usize, indent: usize, cells: Cells) {
        let span = &self.trace.spans[index];
        let failed = span.error.is_some();
        let columns = &self.columns;
        let name = clean(&span.name);
        let room = columns.name.saturating_sub(indent);
        let name = truncate(&name, room);
        let fields = label::fields(span, room - width(&name));
        let name_padding = room - width(&name) - width(&fields);
        let mut line = format!(
            "{:indent$}{}{}{:name_padding$}",
            "",
            paint(self.color, if failed { ERROR } else { PLAIN }, &name),
            paint(self.color, QUIET, fields),
            ""
        );
        if columns.bar > 0 {
            let bar = cells.draw(&self.marks(span, cells));
            let bar = paint(self.color, if failed { ERROR } else { BAR }, bar);
            let (before, wait) = self.wait(span, cells);
            let wait = paint(self.color, QUIET, wait);
            let after = columns.bar - cells.end;
            let _ = write!(line, "{:GAP$}{:before$}{wait}{bar}{:after$}", "", "", "");
        }
        let time = duration(span.duration());
        let time_padding = columns.duration.saturating_sub(width(&time));
        let _ = write!(line, "{:GAP$}{:time_padding$}{time}", "", "");
        if columns.thread > 0
            && let Some(thread) = &span.thread
        {
            // The brackets take two columns.
            let thread = format!("({})", truncate(&clean(thread), columns.thread - 2));
            let _ = write!(line, "{:GAP$}{}", "", paint(self.color, QUIET, thread));
        }
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// Returns the blank cells before a bar, and the dots of the wait between them and the bar.
    fn wait(&self, span: &Record, bar: Cells) -> (usize, String) {
        if span.wait == 0 {
            return (bar.start, String::new());
        }
        let from = span.start.saturating_sub(span.wait);
        let (start, is_earlier) = self.axis.wait(from, bar);
        let mut dots = WAIT.to_string().repeat(bar.start - start);
        if is_earlier && !dots.is_empty() {
            dots.replace_range(..1, EARLIER.encode_utf8(&mut [0; 4]));
        }
        (start, dots)
    }

    /// Returns the marks of the events in a bar. An exception hides other events.
    fn marks(&self, span: &Record, bar: Cells) -> Vec<(usize, char)> {
        let events = span.details.iter().flat_map(|details| &details.events);
        let mut marks: Vec<(usize, char)> = events
            .filter(|event| label::is_inside(span, event))
            .filter_map(|event| {
                let mark = if event.is_exception { EXCEPTION } else { EVENT };
                Some((self.axis.mark(event.time, bar)?, mark))
            })
            .collect();
        marks.sort_by_key(|&(_, mark)| mark == EXCEPTION);
        marks
    }

    /// Draws the lines under a span: its error, its sources, its wait, its events, and why it is not
    /// below its parent.
    fn below(&mut self, index: usize, indent: usize, orphan: Option<Orphan>) {
        let trace = self.trace;
        let span = &trace.spans[index];
        if let Some(message) = &span.error {
            let message = clean(message.trim());
            let message = if message.is_empty() {
                "error".to_owned()
            } else {
                format!("error: {message}")
            };
            self.wrapped(indent, ERROR, &message);
        }
        let sources = span.details.as_deref();
        if let Some(sources) = sources.and_then(|details| label::sources(details, trace.id)) {
            self.note(indent, &sources);
        }
        if span.start.saturating_sub(span.wait) < self.axis.start {
            self.note(
                indent,
                &format!("waited {} in a queue", duration(span.wait)),
            );
        }
        let room = self.total - indent.min(self.total / 2);
        if let Some(events) = label::events(span, room) {
            self.note(indent, &events);
        }
        let parent = span.parent.unwrap_or(SpanId::INVALID);
        match orphan {
            Some(Orphan::Remote) => {
                self.note(indent, &format!("parent {parent} is in another process"));
            }
            Some(Orphan::Missing) => {
                self.note(indent, &format!("parent {parent} not seen here"));
            }
            Some(Orphan::Cycle) => {
                self.note(indent, &format!("parent {parent} is below this span"));
            }
            None => {}
        }
    }

    fn note(&mut self, indent: usize, words: &str) {
        self.wrapped(indent, QUIET, words);
    }

    fn wrapped(&mut self, indent: usize, style: Style, words: &str) {
        let indent = indent.min(self.total / 2);
        for line in wrap(words, self.total - indent, MESSAGE_LINES) {
            let _ = writeln!(
                self.text,
                "{:indent$}{}",
                "",
                paint(self.color, style, line)
            );
        }
    }

    fn line(&mut self, style: Style, words: &str) {
        self.text += &paint(self.color, style, truncate(words, self.total));
        self.text.push('\n');
    }
}

/// Returns `text` in `style`, or unchanged without colors.
fn paint(color: bool, style: Style, text: impl Display) -> String {
    let text = text.to_string();
    if color && !text.is_empty() {
        format!("{style}{text}{style:#}")
    } else {
        text
    }
}

#[cfg(test)]
mod detail_tests;
#[cfg(test)]
mod edge_case_tests;
#[cfg(test)]
mod tests;

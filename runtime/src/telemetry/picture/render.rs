//! Tree -> text.

use std::fmt::Write as _;

use super::pending::{Finished, extent};
use super::rows::{Estranged, Kind, Row, rows};
use super::style::{BAR, ERROR, HEADER, PLAIN, QUIET, paint};
use super::text::{clean, truncate, width, wrap};
use super::tree::Tree;
use super::units::{counted, duration};

mod bar;
mod columns;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod tests;

use self::bar::{Axis, Cells};
use self::columns::{Columns, GAP};

/// A terminal may be narrower still; nothing readable fits there.
pub(super) const NARROWEST: usize = 20;

/// Lines of an error's message.
const MESSAGE_LINES: usize = 3;

/// The picture of one trace: lines no wider than `columns`, each with its line break.
pub(super) fn render(trace: &Finished, columns: usize, color: bool) -> String {
    let tree = Tree::new(&trace.spans);
    let rows = rows(&trace.spans, &tree);
    let total = columns.max(NARROWEST);
    let columns = Columns::new(&rows, &trace.spans, total);
    let (start, end) = extent(&trace.spans);
    let axis = Axis {
        start,
        end,
        cells: columns.bar,
    };
    let mut picture = Drawing {
        trace,
        columns,
        axis,
        total,
        color,
        text: String::new(),
    };
    picture.header();
    picture.notes();
    picture.rows(&rows);
    picture.text
}

struct Drawing<'a> {
    trace: &'a Finished,
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
            self.note(
                0,
                "continues a trace from above: these spans ended after its picture",
            );
        }
        if self.trace.still_open > 0 {
            self.note(
                0,
                &format!(
                    "{} still running, not in this picture",
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
    }

    fn rows(&mut self, rows: &[Row]) {
        // The cells of the span's ancestors, from the root on.
        let mut ancestors: Vec<(usize, Cells)> = Vec::new();
        for row in rows {
            let indent = self.columns.indent(row.depth);
            match &row.kind {
                Kind::More(words) => self.note(indent, words),
                Kind::Span(index, estranged) => {
                    ancestors.truncate(row.depth);
                    let cells = self.cells(*index, ancestors.last().copied());
                    ancestors.push((*index, cells));
                    self.span(*index, indent, cells);
                    self.below(*index, indent + GAP, *estranged);
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
        let name_padding = room - width(&name);
        let mut line = format!(
            "{:indent$}{}{:name_padding$}",
            "",
            paint(self.color, if failed { ERROR } else { PLAIN }, &name),
            ""
        );
        if columns.bar > 0 {
            let bar = paint(self.color, if failed { ERROR } else { BAR }, cells.draw());
            let (before, after) = (cells.start, columns.bar - cells.end);
            let _ = write!(line, "{:GAP$}{:before$}{bar}{:after$}", "", "", "");
        }
        let time = duration(span.duration());
        let time_padding = columns.duration.saturating_sub(width(&time));
        let _ = write!(line, "{:GAP$}{:time_padding$}{time}", "", "");
        if columns.thread > 0
            && let Some(thread) = &span.thread
        {
            // Two columns are the brackets'.
            let thread = format!("({})", truncate(&clean(thread), columns.thread - 2));
            let _ = write!(line, "{:GAP$}{}", "", paint(self.color, QUIET, thread));
        }
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// What stands in lines of its own under a span: its error, and why it is not under its parent.
    fn below(&mut self, index: usize, indent: usize, estranged: Option<Estranged>) {
        let span = &self.trace.spans[index];
        if let Some(message) = &span.error {
            let message = clean(message.trim());
            let message = if message.is_empty() {
                "error".to_owned()
            } else {
                format!("error: {message}")
            };
            self.wrapped(indent, ERROR, &message);
        }
        let parent = span.parent.unwrap_or(opentelemetry::trace::SpanId::INVALID);
        match estranged {
            Some(Estranged::Remote) => {
                self.note(indent, &format!("parent {parent} is in another process"));
            }
            Some(Estranged::Missing) => {
                self.note(indent, &format!("parent {parent} not seen here"));
            }
            Some(Estranged::Cycle) => {
                self.note(indent, &format!("parent {parent} is below this span"));
            }
            None => {}
        }
    }

    fn note(&mut self, indent: usize, words: &str) {
        self.wrapped(indent, QUIET, words);
    }

    fn wrapped(&mut self, indent: usize, style: anstyle::Style, words: &str) {
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

    fn line(&mut self, style: anstyle::Style, words: &str) {
        self.text += &paint(self.color, style, truncate(words, self.total));
        self.text.push('\n');
    }
}

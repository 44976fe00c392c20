//! The output of the waterfall: writer, width and colors.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

/// The width where neither a terminal nor `COLUMNS` has one.
const DEFAULT_COLUMNS: usize = 100;

/// Clears the current line, which may hold a progress bar.
const CLEAR_LINE: &str = "\r\x1b[K";

/// The options that the program has set. The others are found out when the output is opened.
#[derive(Default)]
pub(crate) struct OutputOptions {
    pub(crate) writer: Option<Box<dyn Write + Send>>,
    pub(crate) width: Option<usize>,
    pub(crate) color: Option<bool>,
}

/// An open output. Only the renderer thread has it.
pub(crate) struct Output {
    writer: Box<dyn Write + Send>,
    width: Width,
    clears_line: bool,
    pub(crate) color: bool,
}

#[derive(Clone, Copy, Debug)]
enum Width {
    Fixed(usize),
    /// The terminal's, which changes.
    OfStderr,
}

impl OutputOptions {
    pub(crate) fn open(self) -> Output {
        let fixed = self.width.map(Width::Fixed);
        if let Some(writer) = self.writer {
            return Output {
                writer,
                width: fixed.unwrap_or_else(|| Width::Fixed(columns_variable())),
                clears_line: false,
                color: self.color.unwrap_or(false),
            };
        }
        let stderr = io::stderr();
        let choice = match self.color {
            Some(true) => ColorChoice::Always,
            Some(false) => ColorChoice::Never,
            None => AutoStream::choice(&stderr),
        };
        let color = choice != ColorChoice::Never;
        let is_terminal = stderr.is_terminal();
        let default_width = if is_terminal {
            Width::OfStderr
        } else {
            Width::Fixed(columns_variable())
        };
        Output {
            width: fixed.unwrap_or(default_width),
            clears_line: color && is_terminal,
            color,
            // Without colors there is nothing to adapt, and the adapter would write in pieces.
            writer: if color {
                Box::new(AutoStream::new(stderr, choice))
            } else {
                Box::new(stderr)
            },
        }
    }
}

impl fmt::Debug for OutputOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputOptions")
            .field("width", &self.width)
            .field("color", &self.color)
            .finish_non_exhaustive()
    }
}

impl Output {
    pub(crate) fn columns(&self) -> usize {
        match self.width {
            Width::Fixed(columns) => columns,
            Width::OfStderr => terminal_size::terminal_size_of(io::stderr())
                .map_or(DEFAULT_COLUMNS, |(width, _)| usize::from(width.0)),
        }
    }

    /// Writes `text` at once, so that no other thread's output comes in between.
    pub(crate) fn write(&mut self, text: &str) {
        let clear = if self.clears_line { CLEAR_LINE } else { "" };
        // An error has no receiver: stderr is where it would be reported.
        let _ = self.writer.write_all(format!("{clear}{text}").as_bytes());
        let _ = self.writer.flush();
    }
}

fn columns_variable() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    columns
        .and_then(|columns| columns.trim().parse().ok())
        .filter(|&columns| columns > 0)
        .unwrap_or(DEFAULT_COLUMNS)
}

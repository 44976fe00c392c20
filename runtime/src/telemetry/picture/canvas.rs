//! Where pictures are drawn.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

/// A pipe's width, where `COLUMNS` does not say.
const COLUMNS: usize = 100;

/// Clears what stands in the current line, which would be a progress bar.
const CLEAR_LINE: &str = "\r\x1b[K";

/// What the program chose; the rest is found out when drawing starts.
#[derive(Default)]
pub(in super::super) struct Canvas {
    pub(in super::super) writer: Option<Box<dyn Write + Send>>,
    pub(in super::super) width: Option<usize>,
    pub(in super::super) color: Option<bool>,
}

/// Where pictures are drawn, and how.
pub(super) struct Surface {
    writer: Box<dyn Write + Send>,
    width: Width,
    clears_line: bool,
    pub(super) color: bool,
}

#[derive(Clone, Copy, Debug)]
enum Width {
    Fixed(usize),
    /// A terminal's, which changes.
    OfStderr,
}

impl Canvas {
    pub(super) fn prepare(self) -> Surface {
        let fixed = self.width.map(Width::Fixed);
        if let Some(writer) = self.writer {
            return Surface {
                writer,
                width: fixed.unwrap_or_else(|| Width::Fixed(from_environment())),
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
        let on_terminal = if is_terminal {
            Width::OfStderr
        } else {
            Width::Fixed(from_environment())
        };
        Surface {
            width: fixed.unwrap_or(on_terminal),
            clears_line: color && is_terminal,
            color,
            // Without colours there is nothing to adapt, and an adapter would write in pieces.
            writer: if color {
                Box::new(AutoStream::new(stderr, choice))
            } else {
                Box::new(stderr)
            },
        }
    }
}

impl fmt::Debug for Canvas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canvas")
            .field("width", &self.width)
            .field("color", &self.color)
            .finish_non_exhaustive()
    }
}

impl Surface {
    pub(super) fn columns(&self) -> usize {
        match self.width {
            Width::Fixed(columns) => columns,
            Width::OfStderr => terminal_size::terminal_size_of(io::stderr())
                .map_or(COLUMNS, |(width, _)| usize::from(width.0)),
        }
    }

    /// One write, so that nothing of another thread comes in between.
    pub(super) fn write(&mut self, text: &str) {
        let clear = if self.clears_line { CLEAR_LINE } else { "" };
        // There is nobody to tell that stderr is closed.
        let _ = self.writer.write_all(format!("{clear}{text}").as_bytes());
        let _ = self.writer.flush();
    }
}

fn from_environment() -> usize {
    let columns = std::env::var("COLUMNS").ok();
    columns
        .and_then(|columns| columns.trim().parse().ok())
        .filter(|&columns| columns > 0)
        .unwrap_or(COLUMNS)
}

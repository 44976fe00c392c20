//! The bar while the work is done.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr where that is a terminal, else nothing.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(files: usize) -> Self {
        let bar = ProgressBar::new(files as u64);
        let style =
            ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} files, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.tick();
        Self(bar)
    }

    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }

    /// Leaves no trace of the bar.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

//! The bar while the work is done.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr if that is a terminal, else nothing.
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

    /// Prints why the program has not ended yet.
    pub(crate) fn interrupted(&self) {
        self.0.suspend(|| {
            eprintln!("process_data: finishing the files that were begun; Ctrl-C ends at once");
        });
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

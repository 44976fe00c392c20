//! The problems of a file.

use std::cell::RefCell;
use std::path::Path;

/// The most problems that are named.
const MAX_NAMED: usize = 50;

/// Collects problems: sentences that begin with a place.
#[derive(Debug)]
pub(super) struct Report {
    /// A part of subjects.
    #[cfg_attr(
        not(feature = "otlp"),
        expect(dead_code, reason = "no exporter has errors later")
    )]
    file: String,
    errors: RefCell<Vec<String>>,
    warnings: RefCell<Vec<String>>,
}

impl Report {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            file: path.display().to_string(),
            errors: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    pub(super) fn error(&self, sentence: String) {
        self.errors.borrow_mut().push(sentence);
    }

    pub(super) fn warn(&self, sentence: String) {
        self.warnings.borrow_mut().push(sentence);
    }

    /// Returns the subject of an error that an exporter has later.
    #[cfg(feature = "otlp")]
    pub(super) fn subject(&self, place: &str) -> String {
        let variable = crate::source::CONFIG_FILE;
        format!("{variable} {}: {place}", self.file)
    }

    /// Returns the errors and the warnings.
    pub(super) fn into_parts(self) -> (Vec<String>, Vec<String>) {
        let bounded = |all: RefCell<Vec<String>>| {
            let mut all = all.into_inner();
            let more = all.len().saturating_sub(MAX_NAMED);
            all.truncate(MAX_NAMED);
            if more > 0 {
                all.push(format!("{more} more problems"));
            }
            all
        };
        (bounded(self.errors), bounded(self.warnings))
    }
}

//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::Parser;

/// Hashes files (SHA-256) and counts their lines and bytes, on all cores, and shows the work as
/// one trace.
///
/// What `.gitignore` names, hidden files and symbolic links are left out, unless they are given
/// as a PATH. The table goes to stdout; progress and the trace go to stderr, or the trace to a
/// collector where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
///
/// Exit code: 0, or 1 where a file could not be read, or 2 where a PATH does not exist.
#[derive(Debug, Parser)]
#[command(name = "process_data", version, verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// Files and folders
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,

    /// Worker threads [default: one for each core]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,

    /// Sends the files through a hand-made channel that forgets the context: every worker span is
    /// a trace of its own
    #[arg(long)]
    pub(crate) orphan: bool,
}

impl Arguments {
    pub(crate) fn threads(&self) -> usize {
        let threads = self
            .threads
            .or_else(|| thread::available_parallelism().ok());
        threads.map_or(1, NonZeroUsize::get)
    }
}

//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use clap::Parser;

/// Hashes files (SHA-256) and counts their lines and bytes, on all cores, and draws the work as
/// one trace.
///
/// Files that .gitignore names, hidden files and symbolic links are left out, unless they are given
/// as a PATH; FIFOs, sockets and devices always are. The table goes to stdout, progress and the
/// trace go to stderr. With `OTEL_EXPORTER_OTLP_ENDPOINT` set, the trace goes to a collector
/// instead.
///
/// Ctrl-C and SIGTERM end the run with the table so far; a second one ends it at once.
///
/// Exit code: 0; 1 if a file could not be read; 2 if a PATH does not exist; 130 after Ctrl-C; 143
/// after SIGTERM.
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

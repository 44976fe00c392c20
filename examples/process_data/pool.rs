//! The files on a pool whose messages carry the context.

use std::collections::VecDeque;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use traced_worker::JoinHandle;

use crate::hashing::{FileDigest, FileError, process};
use crate::progress::Progress;
use crate::report::Outcome;

/// Messages that wait; dispatch waits for a place.
const QUEUE: usize = 1024;

type Job = JoinHandle<Result<FileDigest, FileError>>;

/// Hashes the files: one message each, answered in their order.
pub(crate) fn hash_all(
    files: Vec<PathBuf>,
    threads: usize,
    progress: &Progress,
) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let threads = threads.min(files.len()).max(1);
    let pool = process::pool().threads(threads).queue(QUEUE).start()?;
    let mut outcomes = Vec::with_capacity(files.len());
    let mut jobs: VecDeque<(PathBuf, Job)> = VecDeque::new();
    for path in files {
        jobs.push_back((path.clone(), pool.dispatch(path)?));
        while let Some((path, job)) = jobs.pop_front_if(|(_, job)| job.is_finished()) {
            outcomes.push(outcome(path, job));
            progress.advance();
        }
    }
    for (path, job) in jobs {
        outcomes.push(outcome(path, job));
        progress.advance();
    }
    pool.shutdown(Duration::MAX);
    Ok(outcomes)
}

fn outcome(path: PathBuf, job: Job) -> Outcome {
    let result = match job.wait() {
        Ok(result) => result.map_err(|error| error.to_string()),
        // The worker panicked.
        Err(error) => Err(format!("cannot process {}: {error}", path.display())),
    };
    Outcome { path, result }
}

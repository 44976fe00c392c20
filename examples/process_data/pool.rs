//! Hashes the files on a pool, whose messages carry the context.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use traced_worker::{JobError, JoinHandle, Pool, Shutdown};

use crate::hashing::{FileDigest, FileError, process};
use crate::progress::Progress;
use crate::report::Outcome;

/// The interval at which a wait for a file checks for an interruption.
pub(crate) const CHECK: Duration = Duration::from_millis(100);

/// The time for the accepted files after an interruption. It is shorter than the shutdown's, which
/// waits until the `process_data` span has ended.
const GRACE: Duration = Duration::from_secs(3);

type Job = JoinHandle<Result<FileDigest, FileError>>;

/// Hashes the files, one message each, and returns the outcomes in their order, but for the files
/// that an interruption has left out.
pub(crate) fn hash_all(
    files: Vec<PathBuf>,
    pool: &Pool<process>,
    shutdown: &Shutdown,
    progress: &Progress,
) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(files.len());
    let mut jobs: VecDeque<(PathBuf, Job)> = VecDeque::new();
    for path in files {
        let Ok(job) = pool.dispatch(path.clone()) else {
            // A signal has closed the pool.
            break;
        };
        jobs.push_back((path, job));
        while jobs.front().is_some_and(|(_, job)| job.is_finished())
            && let Some((path, job)) = jobs.pop_front()
        {
            outcomes.extend(outcome(path, job.wait()));
            progress.advance();
        }
    }
    while let Some((path, job)) = jobs.pop_front() {
        match job.wait_timeout(CHECK) {
            Ok(result) => {
                outcomes.extend(outcome(path, result));
                progress.advance();
            }
            Err(running) => {
                jobs.push_front((path, running));
                if shutdown.signal().is_some() {
                    break;
                }
            }
        }
    }
    if !jobs.is_empty() {
        progress.interrupted();
        // Waits while the shutdown, which the signal has begun, drains the queue.
        pool.shutdown(GRACE);
        jobs.retain(|(_, job)| job.is_finished());
        outcomes.extend(
            jobs.into_iter()
                .filter_map(|(path, job)| outcome(path, job.wait())),
        );
    }
    outcomes
}

/// Returns `None` if the file was not hashed because the run was interrupted.
fn outcome(
    path: PathBuf,
    result: Result<Result<FileDigest, FileError>, JobError>,
) -> Option<Outcome> {
    let result = match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(error) if error.is_abandoned() => return None,
        // The worker panicked.
        Err(error) => Err(format!("cannot process {}: {error}", path.display())),
    };
    Some(Outcome { path, result })
}

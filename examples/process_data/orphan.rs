//! The files through a channel that forgets the context: the mistake that the library makes
//! impossible.

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use opentelemetry::global;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};

use crate::hashing::{FileDigest, FileError, process};
use crate::progress::Progress;
use crate::report::Outcome;

/// Hashes the files as [`pool::hash_all`](crate::pool::hash_all) does, but for the context.
pub(crate) fn hash_all(
    files: Vec<PathBuf>,
    threads: usize,
    progress: &Progress,
) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let (dispatch, queue) = mpsc::channel::<(usize, PathBuf)>();
    let (reply, replies) = mpsc::channel();
    let queue = Arc::new(Mutex::new(queue));
    for number in 0..threads.min(files.len()).max(1) {
        let (queue, reply) = (Arc::clone(&queue), reply.clone());
        thread::Builder::new()
            .name(format!("orphan-{number}"))
            .spawn(move || {
                loop {
                    let received = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((index, path)) = received else { break };
                    if reply.send((index, observed(path))).is_err() {
                        break;
                    }
                }
            })?;
    }
    drop(reply);

    for (index, path) in files.iter().enumerate() {
        dispatch.send((index, path.clone()))?;
    }
    drop(dispatch);
    let mut results: Vec<Option<Result<FileDigest, String>>> = vec![None; files.len()];
    for (index, result) in replies {
        results[index] = Some(result.map_err(|error| error.to_string()));
        progress.advance();
    }
    let outcomes = files.into_iter().zip(results).map(|(path, result)| {
        let result = result.unwrap_or_else(|| {
            Err(format!(
                "cannot process {}: its thread ended",
                path.display()
            ))
        });
        Outcome { path, result }
    });
    Ok(outcomes.collect())
}

/// Nothing is current on this thread, so this span has no parent: it begins a trace of its own.
fn observed(path: PathBuf) -> Result<FileDigest, FileError> {
    global::tracer("process_data").in_span("worker_process", |cx| {
        let result = process(path);
        if let Err(error) = &result {
            cx.span().set_status(Status::error(error.to_string()));
        }
        result
    })
}

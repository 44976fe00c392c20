//! Hashes the files through a channel that forgets the context: the mistake that the library
//! prevents.

use std::error::Error;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use opentelemetry::global;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use traced_worker::Shutdown;

use crate::hashing::{FileDigest, FileError, process};
use crate::pool::CHECK;
use crate::progress::Progress;
use crate::report::Outcome;

/// Hashes the files as [`pool::hash_all`](crate::pool::hash_all) does, but without the context.
pub(crate) fn hash_all(
    files: Vec<PathBuf>,
    threads: usize,
    shutdown: &Shutdown,
    progress: &Progress,
) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let (dispatch, queue) = mpsc::channel::<(usize, PathBuf)>();
    let (reply, replies) = mpsc::channel();
    let queue = Arc::new(Mutex::new(queue));
    for number in 0..threads {
        let (queue, reply) = (Arc::clone(&queue), reply.clone());
        thread::Builder::new()
            .name(format!("orphan-{number}"))
            .spawn(move || {
                loop {
                    let received = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((index, path)) = received else { break };
                    if reply.send((index, process_in_span(path))).is_err() {
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
    while shutdown.signal().is_none() {
        match replies.recv_timeout(CHECK) {
            Ok((index, result)) => {
                results[index] = Some(result.map_err(|error| error.to_string()));
                progress.advance();
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // A file without a result was left out, because the run was interrupted.
    let outcomes = files.into_iter().zip(results).filter_map(|(path, result)| {
        let result = result?;
        Some(Outcome { path, result })
    });
    Ok(outcomes.collect())
}

/// Starts a span without a parent, because no context is current on this thread: a trace of its own.
fn process_in_span(path: PathBuf) -> Result<FileDigest, FileError> {
    global::tracer("process_data").in_span("worker_process", |cx| {
        let result = process(path);
        if let Err(error) = &result {
            cx.span().set_status(Status::error(error.to_string()));
        }
        result
    })
}

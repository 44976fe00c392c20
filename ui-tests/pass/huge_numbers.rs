//! Numbers of any size are errors of `start`.

use traced_worker::{StartError, traced_worker};

#[traced_worker(batch = 18446744073709551615)]
fn process(ids: Vec<u32>) -> usize {
    ids.len()
}

fn main() {
    let error = process::pool().threads(usize::MAX).start().unwrap_err();
    assert!(matches!(error, StartError::TooManyThreads { .. }));
    assert_eq!(
        error.to_string(),
        "a pool has at most 16384 threads: `threads` is 18446744073709551615"
    );

    let error = process::pool().queue_capacity(usize::MAX).start().unwrap_err();
    assert!(matches!(error, StartError::QueueTooLong { .. }));
    assert_eq!(
        error.to_string(),
        "a queue holds at most 16777216 messages: `queue_capacity` is 18446744073709551615"
    );

    let started = process::pool().stack_size(usize::MAX).start();
    assert!(matches!(started, Err(StartError::Spawn(_))));

    let pool = process::pool().threads(1).queue_capacity(4).start();
    assert_eq!(pool.unwrap().call(1).map(|length| *length).unwrap(), 1);
}

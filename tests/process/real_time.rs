//! A real-time thread that shares its only processor with a pool's threads: whenever it waits, it
//! sleeps, because they do not run before. In a child process, which is pinned to one processor.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;
use std::time::Duration;

use traced_worker::{Shutdown, traced_worker};
use traced_worker_tests::HANGS;

const THREADS: usize = 4;
const MESSAGES: u64 = 100;

/// The processor time that a wait may take. A wait that spins takes all there is, until the system
/// stops a real-time thread for once: 950 milliseconds.
const LIMIT: Duration = Duration::from_millis(500);

#[traced_worker]
fn add(number: u64) -> u64 {
    number + 1
}

/// Makes the calling thread a real-time thread; returns `false` without the permission.
fn become_real_time() -> bool {
    let thread = fs::read_link("/proc/thread-self").unwrap();
    let id = thread.file_name().unwrap();
    let status = Command::new("chrt")
        .args(["-f", "-p", "1"])
        .arg(id)
        .status();
    status.is_ok_and(|status| status.success())
}

/// Returns the time that the calling thread has run.
fn processor_time() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = text.split_whitespace().next().unwrap();
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

/// Fills a queue that is too short, waits for a reply, shuts down a pool that works and one that is
/// idle.
fn use_pools() {
    let pool = || add::pool().threads(THREADS).queue_capacity(4).start();
    let (busy, idle) = (pool().unwrap(), pool().unwrap());
    assert_eq!(idle.dispatch(1).unwrap().wait().unwrap(), 2);
    if !become_real_time() {
        println!("not in real time: chrt is missing or not permitted");
    }
    let start = processor_time();
    for number in 0..MESSAGES {
        busy.send(number).unwrap();
    }
    assert_eq!(busy.call(1).unwrap(), 2);
    assert!(busy.stats().completed > 0);
    for number in 0..4 {
        busy.send(number).unwrap();
    }
    let report = busy.shutdown(HANGS);
    assert_eq!(report.completed, MESSAGES + 5);
    assert!(report.is_clean());
    let report = Shutdown::builder().timeout(HANGS).pool(&idle).build().run();
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.jobs.completed, 1);
    let used = processor_time().saturating_sub(start);
    assert!(used < LIMIT, "it spins: {used:?}");
}

const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

#[test]
fn a_real_time_thread_does_not_keep_the_threads_that_it_waits_for_from_running() {
    const NAME: &str =
        "a_real_time_thread_does_not_keep_the_threads_that_it_waits_for_from_running";

    if std::env::var_os(CHILD).is_some() {
        return use_pools();
    }
    let arguments = [NAME, "--exact", "--nocapture"];
    let child = Command::new("taskset")
        .args(["-c", "0"])
        .arg(std::env::current_exe().unwrap())
        .args(arguments)
        .env(CHILD, "")
        .status();
    match child {
        Ok(status) => assert!(status.success(), "{status}"),
        Err(error) => {
            println!("not on one processor: taskset cannot be started: {error}");
            use_pools();
        }
    }
}

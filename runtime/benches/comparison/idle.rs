//! The processor time that a pool of 512 idle threads takes. On Linux only.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::channels::{message, process};
use crate::report::Report;

const THREADS: usize = 512;

pub(crate) fn run(report: &mut Report) {
    let Ok(pool) = process::pool().threads(THREADS).start() else {
        println!("{THREADS} threads cannot be started");
        return;
    };
    for _ in 0..10_000 {
        let _ = pool.send(message(0));
    }
    thread::sleep(Duration::from_millis(500));
    let Some(before) = cpu_time() else { return };
    let period = Duration::from_secs(2);
    thread::sleep(period);
    let Some(after) = cpu_time() else { return };
    report.add_ratio(
        "processor time of an idle pool of 512 threads, to that of one busy thread",
        Some(0.001),
        vec![(after - before) / period.as_secs_f64()],
    );
    pool.shutdown(Duration::MAX);
}

/// Returns the seconds that the threads of the pool have run.
fn cpu_time() -> Option<f64> {
    let mut seconds = 0.0;
    for task in fs::read_dir("/proc/self/task").ok()?.flatten() {
        // The kernel keeps 15 characters of a thread's name.
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        if !name.starts_with("worker_process-") {
            continue;
        }
        // The first field is the time on a processor, in nanoseconds.
        let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
        let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
        seconds += nanoseconds / 1e9;
    }
    Some(seconds)
}

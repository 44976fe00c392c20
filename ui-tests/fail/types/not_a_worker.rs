//! A type that is not a worker.

use traced_worker::Worker;

struct Process;

fn start<W: Worker>() {}

fn main() {
    start::<Process>();
}

//! `Worker` is sealed.

use traced_worker::{Metadata, Worker};

struct Process;

impl Worker for Process {
    type Message = u32;
    type Output = u32;
    type State = ();
    const METADATA: &'static Metadata = todo!();
}

fn main() {}

//! `ret` of a batch that returns a value for each message.

use traced_worker::traced_worker;

#[traced_worker(batch = 8, ret)]
fn process(numbers: Vec<u32>) -> Vec<u32> {
    numbers
}

#[traced_worker(batch = 8, ret(Debug))]
fn by_debug(numbers: Vec<u32>) -> Vec<Result<u32, String>> {
    numbers.into_iter().map(Ok).collect()
}

fn main() {
    let _ = (process::pool(), by_debug::pool());
}

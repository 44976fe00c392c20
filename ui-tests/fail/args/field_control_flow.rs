//! Control flow that would leave a field.

use std::future::Ready;

use traced_worker::traced_worker;

#[traced_worker(fields(number = text.parse::<u32>()?, one = { return 1 }))]
fn returns(text: String) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

#[traced_worker(fields(broken = { break 1 }, labelled = loop { continue 'outer }))]
fn jumps(id: u32) {
    let _ = id;
}

#[traced_worker(fields(length = text.await, text.await))]
fn waits(text: Ready<u32>) {
    drop(text);
}

fn main() {
    let _ = (returns::pool(), jumps::pool(), waits::pool());
}

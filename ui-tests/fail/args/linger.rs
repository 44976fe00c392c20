//! Times that are none, and a time without a batch.

use traced_worker::traced_worker;

#[traced_worker(batch = 8, linger = 5)]
fn number(numbers: Vec<u32>) {
    drop(numbers);
}

#[traced_worker(batch = 8, linger = "5")]
fn without_unit(numbers: Vec<u32>) {
    drop(numbers);
}

#[traced_worker(batch = 8, linger = "0.5 seconds")]
fn in_words(numbers: Vec<u32>) {
    drop(numbers);
}

#[traced_worker(linger = "5ms")]
fn without_batch(number: u32) -> u32 {
    number
}

fn main() {
    let _ = (number::pool(), without_unit::pool(), in_words::pool());
    let _ = without_batch::pool();
}

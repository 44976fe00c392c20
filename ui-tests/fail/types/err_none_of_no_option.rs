//! `err(None)` of what is no `Option`.

use traced_worker::traced_worker;

#[traced_worker(err(None))]
fn process() -> Result<u32, String> {
    Ok(1)
}

#[traced_worker(batch = 8, err(None))]
fn batch(numbers: Vec<u32>) -> u32 {
    numbers[0]
}

fn main() {}

//! Batches of no message, of less, and of no number. What uses the worker is right.

use traced_worker::traced_worker;

#[traced_worker(batch = 0)]
fn of_none(numbers: Vec<u32>) {
    drop(numbers);
}

#[traced_worker(batch = -1)]
fn of_less(numbers: Vec<u32>) {
    drop(numbers);
}

const SIZE: usize = 8;

#[traced_worker(batch = SIZE)]
fn of_a_constant(numbers: Vec<u32>) {
    drop(numbers);
}

#[traced_worker(batch)]
fn unsaid(numbers: Vec<u32>) {
    drop(numbers);
}

fn main() {
    let _ = of_none::pool().start().unwrap().dispatch(7);
    let _ = of_less::pool().start().unwrap().dispatch(7);
    let _ = of_a_constant::pool().start().unwrap().dispatch(7);
    let _ = unsaid::pool().start().unwrap().dispatch(7);
}

//! Fields read the state; they change nothing.

use traced_worker::traced_worker;

#[traced_worker(fields(length = next(list)))]
fn process(#[state] list: &mut Vec<u32>) {
    list.clear();
}

fn next(list: &mut Vec<u32>) -> usize {
    list.push(1);
    list.len()
}

fn main() {}

//! Arguments that an async worker cannot have.

use traced_worker::traced_worker;

#[traced_worker]
async fn with_state(#[state] total: &mut u64, id: u64) {
    *total += id;
}

#[traced_worker(batch = 64)]
async fn of_a_batch(ids: Vec<u64>) -> usize {
    ids.len()
}

#[traced_worker]
async fn by_reference(name: &str) -> usize {
    name.len()
}

fn main() {
    let _ = with_state(&mut 0, 1);
    let _ = of_a_batch(vec![]);
    let _ = by_reference("");
}

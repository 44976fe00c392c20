//! A type parameter that stands for something borrowed.

use traced_worker::traced_worker;

#[traced_worker]
fn process<T: Send>(value: Vec<T>) -> usize {
    value.len()
}

fn main() {
    let text = "text".to_owned();
    let pool = process::<&str>::pool().start().unwrap();
    let _ = pool.dispatch(vec![&text]);
}

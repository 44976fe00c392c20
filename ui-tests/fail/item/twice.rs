//! Two attributes on one function.

use traced_worker::traced_worker;

#[traced_worker(name = "one")]
#[traced_worker(name = "two")]
fn process() {}

#[traced_worker]
#[traced_worker::traced_worker]
async fn and_async() {}

fn main() {
    let _ = process::pool();
    let _ = and_async();
}

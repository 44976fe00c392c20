//! A future that cannot move between threads, and a message that cannot.

use std::rc::Rc;

use traced_worker::traced_worker;

async fn request() {}

#[traced_worker]
async fn keeps(id: u32) -> u32 {
    let shared = Rc::new(id);
    request().await;
    *shared
}

#[traced_worker]
async fn takes(id: Rc<u32>) -> u32 {
    request().await;
    *id
}

fn main() {}

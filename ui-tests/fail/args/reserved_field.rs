//! Fields with keys that the runtime sets.

use traced_worker::traced_worker;

#[traced_worker(fields(thread.id = id, "thread.name" = name, code.line.number = 1, id))]
fn of_the_span(id: u32, name: String) {
    let _ = (id, name);
}

#[traced_worker(fields(error.type = 1, exception.message = Empty, traced_worker.queue.wait = 1))]
fn of_errors(id: u32) {
    let _ = id;
}

#[traced_worker(batch = 8, fields("messaging.batch.message_count" = ids.len()))]
fn of_batches(ids: Vec<u32>) {
    drop(ids);
}

#[traced_worker(fields(return = id), ret)]
fn of_ret(id: u32) -> u32 {
    id
}

fn main() {
    let _ = (of_the_span::pool(), of_errors::pool());
    let _ = (of_batches::pool(), of_ret::pool());
}

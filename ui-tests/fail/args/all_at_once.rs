//! Everything that is wrong is said at once, of arguments and of the function.

use traced_worker::traced_worker;

#[traced_worker(nam = "process", fields(id, id))]
async fn process(id: &u32, name: &str) -> impl Sized {
    (*id, name.len())
}

fn main() {}

//! An associated function that does not say so.

use traced_worker::traced_worker;

struct Service;

impl Service {
    #[traced_worker]
    fn process(id: u32) -> u32 {
        id
    }
}

fn main() {
    Service::process(1);
}

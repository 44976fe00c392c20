//! A method without a body.

use traced_worker::traced_worker;

trait Service {
    #[traced_worker]
    fn process(id: u32) -> u32;
}

impl Service for () {
    fn process(id: u32) -> u32 {
        id
    }
}

fn main() {
    <() as Service>::process(1);
}

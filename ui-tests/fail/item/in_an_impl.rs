//! Methods: with `self`, and with `Self`.

use traced_worker::traced_worker;

struct Service;

impl Service {
    #[traced_worker]
    fn by_reference(&self, id: u32) -> u32 {
        id
    }

    #[traced_worker]
    fn by_value(self: Box<Self>) {}

    #[traced_worker]
    fn new(_: u32) -> Self {
        Self
    }

    #[traced_worker]
    fn associated(_: Option<Self>) -> <Self as Iterator>::Item {}
}

impl Iterator for Service {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        None
    }
}

fn main() {
    let service = Service::new(1);
    service.by_reference(1);
    Service::associated(None);
    Box::new(service).by_value();
}

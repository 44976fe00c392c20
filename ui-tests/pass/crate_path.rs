//! The runtime crate under another path.

mod facade {
    pub mod workers {
        pub use traced_worker::*;
    }
}

#[facade::workers::traced_worker(crate = facade::workers, fields(number), ret)]
fn process(number: u8) -> Result<u8, String> {
    Ok(number)
}

mod inner {
    #[crate::facade::workers::traced_worker(crate = crate::facade::workers)]
    pub fn process() {}
}

fn main() {
    assert_eq!(traced_worker_ui_tests::run(process::pool(), 1).0, Ok(1));
    let _ = inner::process::pool();
}

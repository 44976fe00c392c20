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

#[facade::workers::traced_worker(crate = facade::workers, batch = 2, relation = link, err(None))]
fn batch(#[state] sum: &mut u8, numbers: Vec<u8>) -> Option<u8> {
    *sum += numbers[0];
    Some(*sum)
}

mod inner {
    #[crate::facade::workers::traced_worker(crate = crate::facade::workers)]
    pub fn process() {}
}

fn main() {
    assert_eq!(traced_worker_ui_tests::run(process::pool(), 1).0, Ok(1));
    let pool = batch::pool(|| 1);
    assert_eq!(*traced_worker_ui_tests::run(pool, 1).0, Some(2));
    let _ = inner::process::pool();
}

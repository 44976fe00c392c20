//! Workers inside functions, and functions inside workers.

use traced_worker::traced_worker;

#[traced_worker]
fn outer(number: u8) -> u8 {
    #[traced_worker(fields(number))]
    fn inner(number: u8) -> u8 {
        fn innermost(number: u8) -> u8 {
            number + 1
        }
        innermost(number)
    }
    assert_eq!(traced_worker_ui_tests::run(inner::pool(), 1).0, 2);
    inner(number)
}

fn main() {
    #[traced_worker]
    fn local() -> u8 {
        3
    }
    assert_eq!(traced_worker_ui_tests::run(local::pool(), ()).0, 3);
    assert_eq!(traced_worker_ui_tests::run(outer::pool(), 1).0, 2);
}

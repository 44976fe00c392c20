//! The type of a worker under another name, where the function's name is taken.

use traced_worker::{Worker, traced_worker};
use traced_worker_ui_tests::run;

mod process {
    pub const LIMIT: u32 = 3;
}

#[traced_worker(worker = ProcessWorker, fields(id))]
fn process(id: u32) -> u32 {
    id.min(process::LIMIT)
}

#[allow(dead_code, non_camel_case_types)]
struct sum {}

#[traced_worker(worker = SumWorker)]
fn sum<T: Send + std::iter::Sum<u32> + 'static>(numbers: Vec<u32>) -> T {
    numbers.into_iter().sum()
}

#[deprecated]
#[traced_worker(worker = r#struct)]
fn counted(#[state] count: &mut u32) -> u32 {
    *count += 1;
    *count
}

fn main() {
    let (number, span) = run(ProcessWorker::pool(), 7);
    assert_eq!(number, 3);
    assert_eq!(span.0.name, "process");
    assert_eq!(span.attribute("id"), "7");
    assert!(ProcessWorker::METADATA.function().ends_with("::process"));
    assert_eq!(run(SumWorker::<u32>::pool(), vec![1, 2]).0, 3);
    #[allow(deprecated)]
    let pool = r#struct::pool(|| 4);
    assert_eq!(run(pool, ()).0, 5);
}

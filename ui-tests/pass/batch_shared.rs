//! A batch with one output, which all its messages share; with fields, state and all that is recorded.

#![deny(warnings)]

use std::sync::Arc;

use opentelemetry::trace::Status;
use traced_worker::{Worker, traced_worker};
use traced_worker_ui_tests::{run, run_all};

#[derive(Debug, PartialEq)]
struct Row(u32);

#[traced_worker(batch = 3, linger = "60s", fields(rows = rows.len(), first = ?rows[0]), ret)]
fn store(mut rows: Vec<Row>) -> Result<u32, String> {
    rows.retain(|row| row.0 > 0);
    match rows.len() {
        0 => Err("no rows".to_owned()),
        _ => Ok(rows.iter().map(|row| row.0).sum()),
    }
}

#[traced_worker(batch = 1)]
fn nothing(_: std::vec::Vec<String>) {}

#[traced_worker(batch = 2, linger = "60s", fields(before = total.len()), err(None))]
fn with_state<T: Copy + Send + 'static>(
    #[state] total: &mut Vec<T>,
    items: Vec<T>,
) -> Option<usize> {
    total.extend(&items);
    (total.len() > 2).then_some(total.len())
}

#[traced_worker(batch = 1, err(Debug), ret(Debug))]
fn debugged(items: Vec<(u8, u8)>) -> Result<Vec<u8>, u8> {
    Ok(items.into_iter().map(|(a, b)| a + b).collect())
}

#[traced_worker(batch = 1, fields(first))]
fn taken_apart(items: Vec<[u8; 2]>) -> u8 {
    items[0][0] + first
}

#[allow(non_upper_case_globals, reason = "a field of the same name")]
const first: u8 = 1;

fn main() {
    assert_eq!(store(vec![Row(1), Row(2)]), Ok(3));

    let (outputs, span) = run_all(store::pool(), [Row(1), Row(0), Row(2)]);
    assert!(outputs.iter().all(|output| **output == Ok(3)));
    assert!(
        outputs
            .iter()
            .all(|output| Arc::ptr_eq(output, &outputs[0]))
    );
    assert_eq!(span.attribute("rows"), "3");
    assert_eq!(span.attribute("first"), "\"Row(1)\"");
    assert_eq!(span.attribute("return"), "3");
    assert_eq!(span.attribute("messaging.batch.message_count"), "3");
    let (_, span) = run_all(store::pool(), [Row(0), Row(0), Row(0)]);
    assert_eq!(span.0.status, Status::error("no rows"));

    let output: Arc<()> = run(nothing::pool(), String::new()).0;
    drop(output);

    let pool = with_state::<u8>::pool(|| vec![7]);
    let (outputs, span) = run_all(pool, [1, 2]);
    assert_eq!((*outputs[0], &*span.attribute("before")), (Some(3), "1"));
    let (outputs, span) = run_all(with_state::<u8>::pool(Vec::new), [1, 2]);
    assert_eq!(*outputs[0], None);
    assert!(matches!(span.0.status, Status::Error { .. }));

    let (output, span) = run(debugged::pool(), (1, 2));
    assert_eq!(*output, Ok(vec![3]));
    assert_eq!(span.attribute("return"), "\"[3]\"");
    assert_eq!(*run(taken_apart::pool(), [2, 3]).0, 3);

    assert_eq!(store::METADATA.batch_size(), Some(3));
    // The trait's other function, for whoever runs one message.
    fn output_of<W: Worker<Output = Arc<Result<u32, String>>>>() {}
    output_of::<store>();
}

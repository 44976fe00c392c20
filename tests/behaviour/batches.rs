//! Batches: dispatched one by one, run together.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry::trace::{Status, Tracer as _};
use traced_worker::{JobError, Pool, traced_worker};
use traced_worker_tests::{Latch, Recorder, Release, attribute, latch};

/// Holds its latch if it has one, so that what follows is queued.
type Row = (i64, Option<Latch>);

fn sum(rows: &[Row]) -> i64 {
    for latch in rows.iter().filter_map(|row| row.1.as_ref()) {
        latch.hold();
    }
    rows.iter().map(|row| row.0).sum()
}

#[traced_worker(batch = 64, fields(rows = rows.len()))]
fn store(rows: Vec<Row>) -> Result<i64, String> {
    match sum(&rows) {
        sum @ 0.. => Ok(sum),
        _ => Err("negative".to_owned()),
    }
}

#[traced_worker(batch = 4)]
fn double(rows: Vec<Row>) -> Vec<Result<i64, String>> {
    sum(&rows);
    let double = |row: Row| {
        if row.0 < 0 {
            Err("negative".to_owned())
        } else {
            Ok(row.0 * 2)
        }
    };
    // A hundred is one too many: it has no output.
    rows.into_iter()
        .filter(|row| row.0 != 100)
        .map(double)
        .collect()
}

#[traced_worker(batch = 8)]
fn explode(rows: Vec<Row>) {
    assert!(sum(&rows) < 0, "asked to panic");
}

macro_rules! held {
    ($worker:ident, $recorder:expr) => {{
        let pool = $worker::pool()
            .threads(1)
            .queue(512)
            .tracer_provider($recorder.provider())
            .start()
            .unwrap();
        let release = hold(|row| pool.send(row).unwrap());
        (pool, release)
    }};
}

fn hold(send: impl FnOnce(Row)) -> Release {
    let (latch, release) = latch();
    send((0, Some(latch)));
    release.wait_until_held();
    release
}

#[test]
fn what_is_queued_is_run_at_once_under_one_span_with_a_link_to_each() {
    let recorder = Recorder::new();
    let (pool, release) = held!(store, recorder);
    let handles: Vec<_> = (1..=10)
        .map(|number| {
            let dispatch = |_| pool.dispatch((number, None)).unwrap();
            recorder.tracer().in_span("dispatch", dispatch)
        })
        .collect();
    release.release();
    for handle in handles {
        let shared: Arc<Result<i64, String>> = handle.wait().unwrap();
        assert_eq!(*shared, Ok(55), "one output, shared by all");
    }
    let spans = recorder.named("store");
    assert_eq!(spans.len(), 2, "the one that was held, and the ten");
    let span = &spans[1];
    Recorder::assert_root(span);
    let linked: Vec<_> = span
        .links
        .iter()
        .map(|link| link.span_context.clone())
        .collect();
    let dispatched = recorder.named("dispatch");
    let dispatched: Vec<_> = dispatched
        .iter()
        .map(|span| span.span_context.clone())
        .collect();
    assert_eq!(linked, dispatched);
    let count = attribute(span, "messaging.batch.message_count");
    assert_eq!(count, Some(&Value::I64(10)));
    assert_eq!(attribute(span, "rows"), Some(&Value::I64(10)));
    assert_eq!(attribute(span, "traced_worker.batch.links_left_out"), None);
    assert_eq!(pool.stats().completed, 11);
}

#[test]
fn no_more_than_the_attribute_says() {
    let recorder = Recorder::new();
    let (pool, release) = held!(double, recorder);
    let rows = (1..=10).map(|number| (number, None));
    let handles = pool.dispatch_all(rows).unwrap();
    release.release();
    for (number, handle) in (1..=10).zip(handles) {
        assert_eq!(
            handle.wait().unwrap(),
            Ok(number * 2),
            "its own output each"
        );
    }
    pool.shutdown(Duration::MAX);
    let counts: Vec<String> = recorder
        .named("double")
        .iter()
        .map(|span| {
            attribute(span, "messaging.batch.message_count")
                .unwrap()
                .to_string()
        })
        .collect();
    assert_eq!(counts, ["1", "4", "4", "2"]);
}

#[test]
fn no_more_than_128_links_and_what_is_left_out_is_counted() {
    #[traced_worker(batch = 200)]
    fn many(rows: Vec<Row>) -> i64 {
        sum(&rows)
    }

    let recorder = Recorder::new();
    let (pool, release) = held!(many, recorder);
    recorder.tracer().in_span("dispatch", |_| {
        for _ in 0..150 {
            pool.send((1, None)).unwrap();
        }
    });
    release.release();
    pool.shutdown(Duration::MAX);
    let span = &recorder.named("many")[1];
    assert_eq!(span.links.len(), 128);
    assert_eq!(span.links.dropped_count, 0, "the SDK had nothing to drop");
    let left_out = attribute(span, "traced_worker.batch.links_left_out");
    assert_eq!(left_out, Some(&Value::I64(22)));
}

#[test]
fn an_error_of_the_batch_is_everyones() {
    let recorder = Recorder::new();
    let (pool, release) = held!(store, recorder);
    let handles = pool.dispatch_all([(-5, None), (1, None)]).unwrap();
    release.release();
    for handle in handles {
        assert_eq!(*handle.wait().unwrap(), Err("negative".to_owned()));
    }
    let span = &recorder.named("store")[1];
    assert_eq!(span.status, Status::error("negative"));
    assert_eq!(pool.stats().failed, 2);
}

#[test]
fn an_error_of_one_message_is_its_own_and_stands_on_the_span() {
    let recorder = Recorder::new();
    let (pool, release) = held!(double, recorder);
    let handles = pool.dispatch_all([(1, None), (-5, None)]).unwrap();
    release.release();
    let outputs: Vec<_> = handles.into_iter().map(|it| it.wait().unwrap()).collect();
    assert_eq!(outputs, [Ok(2), Err("negative".to_owned())]);
    assert_eq!(
        recorder.named("double")[1].status,
        Status::error("negative")
    );
    let stats = pool.stats();
    assert_eq!((stats.completed, stats.failed), (2, 1));
}

#[test]
fn a_wrong_number_of_outputs_is_an_error_for_every_handle_and_the_pool_goes_on() {
    let recorder = Recorder::new();
    let (pool, release) = held!(double, recorder);
    let handles = pool
        .dispatch_all([(1, None), (100, None), (3, None)])
        .unwrap();
    release.release();
    for handle in handles {
        let error = handle.wait().unwrap_err();
        assert!(
            matches!(
                error,
                JobError::BatchLength {
                    messages: 3,
                    outputs: 2
                }
            ),
            "{error}"
        );
    }
    let span = &recorder.named("double")[1];
    assert_eq!(
        attribute(span, "error.type").unwrap().to_string(),
        "batch_length"
    );
    assert_eq!(pool.dispatch((4, None)).unwrap().wait().unwrap(), Ok(8));
    assert_eq!(pool.stats().failed, 3);
}

#[test]
fn a_panic_is_an_error_for_every_handle_and_the_pool_goes_on() {
    let recorder = Recorder::new();
    let (pool, release) = held!(explode, recorder);
    let handles = pool.dispatch_all([(1, None), (2, None)]).unwrap();
    release.release();
    for handle in handles {
        let Err(JobError::Panicked(panic)) = handle.wait() else {
            panic!("the panic is returned");
        };
        assert_eq!(panic.message(), "asked to panic");
    }
    assert!(pool.dispatch((-1, None)).unwrap().wait().is_ok());
    assert_eq!(pool.stats().panicked, 3);
    assert_eq!(recorder.named("explode").len(), 3);
}

#[test]
fn a_run_lingers_for_more() {
    #[traced_worker(batch = 3, linger = "1000s")]
    fn lingers(rows: Vec<i64>) -> usize {
        rows.len()
    }

    #[traced_worker(batch = 3, linger = "1ms")]
    fn impatient(rows: Vec<i64>) -> usize {
        rows.len()
    }

    let pool: Pool<lingers> = lingers::pool().threads(1).start().unwrap();
    // No pause between them is long enough to end the wait.
    let handles: Vec<_> = (0..3).map(|row| pool.dispatch(row).unwrap()).collect();
    for handle in handles {
        assert_eq!(*handle.wait().unwrap(), 3);
    }
    // A shutdown ends it.
    let handle = pool.dispatch(7).unwrap();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 4);
    assert_eq!(*handle.wait().unwrap(), 1);

    let pool = impatient::pool().threads(1).start().unwrap();
    assert_eq!(
        *pool.dispatch(7).unwrap().wait().unwrap(),
        1,
        "not for ever"
    );
}

#[test]
fn abandoned_messages_of_a_batch_worker_are_told() {
    let recorder = Recorder::new();
    let (pool, release) = held!(store, recorder);
    let handles = pool.dispatch_all([(1, None), (2, None)]).unwrap();
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.running), (2, 1));
    for handle in handles {
        assert!(matches!(handle.wait(), Err(JobError::Abandoned)));
    }
    release.release();
}

//! Batches: messages that are dispatched one by one and run together.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{Status, TraceFlags, Tracer as _};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::InMemorySpanExporter;
use traced_worker::{JobError, JoinHandle, Pool, PoolBuilder, SyncWorker, traced_worker};
use traced_worker_tests::{
    Latch, Recorder, Release, attribute, latch, local_context, provider_builder, wait_until,
};

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
    // A row of 100 has no output.
    rows.into_iter()
        .filter(|row| row.0 != 100)
        .map(double)
        .collect()
}

#[traced_worker(batch = 8)]
fn explode(rows: Vec<Row>) {
    assert!(sum(&rows) < 0, "deliberate");
}

/// Returns a pool whose one thread is held by a message with the value 0.
fn held<W: SyncWorker<Message = Row, State = ()>>(
    recorder: &Recorder,
    pool: PoolBuilder<W>,
) -> (Pool<W>, Release) {
    let pool = recorder.pool(pool.queue_capacity(512));
    let (latch, release) = latch();
    pool.send((0, Some(latch))).unwrap();
    release.wait_until_held();
    (pool, release)
}

/// Dispatches a message of each value at once.
fn dispatch_all<W: SyncWorker<Message = Row>>(
    pool: &Pool<W>,
    values: impl IntoIterator<Item = i64, IntoIter: ExactSizeIterator>,
) -> Vec<JoinHandle<W::Output>> {
    let rows = values.into_iter().map(|value| (value, None));
    let number = rows.len();
    let handles = pool.dispatch_all(rows).unwrap();
    assert_eq!(handles.len(), number);
    handles
}

#[test]
fn queued_messages_are_run_together_under_one_span_with_a_link_to_each() {
    let recorder = Recorder::new();
    let (pool, release) = held(&recorder, store::pool());
    let handles: Vec<_> = (1..=10)
        .map(|number| {
            let dispatch = |_| pool.dispatch((number, None)).unwrap();
            recorder.tracer().in_span("dispatch", dispatch)
        })
        .collect();
    release.release();
    for handle in handles {
        let shared: Arc<Result<i64, String>> = handle.wait().unwrap();
        assert_eq!(*shared, Ok(55), "one output for all");
    }
    let spans = recorder.named("store");
    assert_eq!(
        spans.len(),
        2,
        "the message that held the thread, and the ten"
    );
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
    assert_eq!(pool.stats().completed, 11);
}

#[test]
fn a_run_takes_no_more_messages_than_the_attribute_allows() {
    let recorder = Recorder::new();
    let (pool, release) = held(&recorder, double::pool());
    let handles = dispatch_all(&pool, (1..=10).collect::<Vec<_>>());
    release.release();
    for (number, handle) in (1..=10).zip(handles) {
        assert_eq!(
            handle.wait().unwrap(),
            Ok(number * 2),
            "each has its own output"
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

#[traced_worker(batch = 300)]
fn many(rows: Vec<Row>) -> i64 {
    sum(&rows)
}

#[test]
fn messages_under_one_span_share_a_link_that_counts_them() {
    let recorder = Recorder::new();
    let (pool, release) = held(&recorder, many::pool());
    for messages in [200, 1] {
        let send = || pool.send((1, None)).unwrap();
        recorder
            .tracer()
            .in_span("dispatch", |_| (0..messages).for_each(|_| send()));
    }
    release.release();
    pool.shutdown(Duration::MAX);
    let span = &recorder.named("many")[1];
    let linked: Vec<_> = span
        .links
        .iter()
        .map(|link| {
            let counted = link.attributes.iter();
            let counted = counted
                .map(|it| (it.key.as_str(), it.value.clone()))
                .collect::<Vec<_>>();
            (link.span_context.span_id(), counted)
        })
        .collect();
    let dispatched = recorder.named("dispatch");
    let dispatched: Vec<_> = dispatched
        .iter()
        .map(|span| span.span_context.span_id())
        .collect();
    let count = ("traced_worker.link.message_count", Value::I64(200));
    assert_eq!(
        linked,
        [(dispatched[0], vec![count]), (dispatched[1], vec![])]
    );
}

#[test]
fn links_beyond_the_limit_of_the_provider_are_counted_by_it() {
    for (limit, links, dropped) in [(10, 10, 190), (512, 200, 0)] {
        let exporter = InMemorySpanExporter::default();
        let provider = provider_builder()
            .with_max_links_per_span(limit)
            .with_simple_exporter(exporter.clone())
            .build();
        let pool = many::pool().threads(1).queue_capacity(512);
        let pool = pool.tracer_provider(&provider).start().unwrap();
        let (latch, release) = latch();
        pool.send((0, Some(latch))).unwrap();
        release.wait_until_held();
        for span_id in 1..=200 {
            let context = local_context(7, span_id, TraceFlags::SAMPLED);
            pool.with_context(&context).send((1, None)).unwrap();
        }
        release.release();
        pool.shutdown(Duration::MAX);
        let spans = exporter.get_finished_spans().unwrap();
        let span = &spans[1];
        assert_eq!(span.links.len(), links);
        assert_eq!(span.links.dropped_count, dropped);
    }
}

#[test]
fn an_error_of_the_batch_is_the_error_of_every_message() {
    let recorder = Recorder::new();
    let (pool, release) = held(&recorder, store::pool());
    let handles = dispatch_all(&pool, [-5, 1]);
    release.release();
    for handle in handles {
        assert_eq!(*handle.wait().unwrap(), Err("negative".to_owned()));
    }
    let span = &recorder.named("store")[1];
    assert_eq!(span.status, Status::error("negative"));
    assert_eq!(pool.stats().failed, 2);
}

#[test]
fn an_error_of_one_message_is_its_own_and_is_recorded_on_the_span() {
    let recorder = Recorder::new();
    let (pool, release) = held(&recorder, double::pool());
    let handles = dispatch_all(&pool, [1, -5]);
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
    let (pool, release) = held(&recorder, double::pool());
    let handles = dispatch_all(&pool, [1, 100, 3]);
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
    let (pool, release) = held(&recorder, explode::pool());
    let handles = dispatch_all(&pool, [1, 2]);
    release.release();
    for handle in handles {
        let Err(JobError::Panicked(panic)) = handle.wait() else {
            panic!("the panic is returned");
        };
        assert_eq!(panic.message(), "deliberate");
    }
    assert!(pool.dispatch((-1, None)).unwrap().wait().is_ok());
    assert_eq!(pool.stats().panicked, 3);
    assert_eq!(recorder.named("explode").len(), 3);
}

#[traced_worker(batch = 3, linger = "1000s")]
fn lingers(rows: Vec<i64>) -> usize {
    rows.len()
}

/// Returns a pool whose one thread lingers with one message, and the handle of that.
fn lingering() -> (Pool<lingers>, JoinHandle<Arc<usize>>) {
    let pool = lingers::pool().threads(1).start().unwrap();
    let handle = pool.dispatch(1).unwrap();
    wait_until(|| pool.stats().queued == 0);
    (pool, handle)
}

#[test]
fn a_run_lingers_until_it_is_full() {
    let (pool, first) = lingering();
    assert!(!first.is_finished());
    let second = pool.dispatch(2).unwrap();
    let third = pool.dispatch(3).unwrap();
    for handle in [first, second, third] {
        assert_eq!(*handle.wait().unwrap(), 3);
    }
}

#[test]
fn a_shutdown_ends_the_lingering() {
    let (pool, handle) = lingering();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 1);
    assert_eq!(*handle.wait().unwrap(), 1);
}

#[test]
fn a_run_lingers_no_longer_than_the_attribute_allows() {
    #[traced_worker(batch = 3, linger = "1ms")]
    fn impatient(rows: Vec<i64>) -> usize {
        rows.len()
    }

    let pool = impatient::pool().threads(1).start().unwrap();
    assert_eq!(*pool.dispatch(7).unwrap().wait().unwrap(), 1);
}

#[test]
fn abandoned_messages_of_a_batch_worker_return_an_error() {
    let recorder = Recorder::new();
    let (pool, release) = held(&recorder, store::pool());
    let handles = dispatch_all(&pool, [1, 2]);
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.running), (2, 1));
    for handle in handles {
        assert!(matches!(handle.wait(), Err(JobError::Abandoned)));
    }
    release.release();
}

#[traced_worker(batch = 4)]
fn baggage_members(messages: Vec<()>) -> usize {
    messages.len() + Context::current().baggage().len()
}

#[test]
fn a_batch_has_the_baggage_of_none_of_its_callers() {
    let recorder = Recorder::new();
    let pool = recorder.pool(baggage_members::pool());
    let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let handle = pool.with_context(&context).dispatch(()).unwrap();
    assert_eq!(*handle.wait().unwrap(), 1);
}

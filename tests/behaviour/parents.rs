//! Many threads dispatch many messages, each under a parent of its own.

use std::collections::HashMap;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::trace::{SpanId, Tracer as _};
use traced_worker::traced_worker;
use traced_worker_tests::{Recorder, attribute};

const DISPATCHERS: i64 = 8;
const MESSAGES: i64 = if cfg!(miri) { 20 } else { 1_000 };

#[traced_worker(fields(number = number))]
fn work(number: i64) -> i64 {
    number
}

#[test]
fn every_worker_span_is_under_its_own_parent() {
    let recorder = Recorder::new();
    let pool = work::pool()
        .threads(8)
        .queue_capacity(64)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    std::thread::scope(|scope| {
        for dispatcher in 0..DISPATCHERS {
            let (pool, tracer) = (&pool, recorder.tracer());
            scope.spawn(move || {
                for message in 0..MESSAGES {
                    let number = dispatcher * MESSAGES + message;
                    tracer.in_span("parent", |context| {
                        context
                            .span()
                            .set_attribute(KeyValue::new("number", number));
                        pool.send(number).unwrap();
                    });
                }
            });
        }
    });
    pool.shutdown(Duration::MAX);

    let number = |span: &_| match attribute(span, "number") {
        Some(opentelemetry::Value::I64(number)) => *number,
        other => panic!("{other:?}"),
    };
    let parents = recorder.named("parent");
    let parents: HashMap<SpanId, i64> = parents
        .iter()
        .map(|span| (span.span_context.span_id(), number(span)))
        .collect();
    let workers = recorder.named("work");
    assert_eq!(
        workers.len(),
        usize::try_from(DISPATCHERS * MESSAGES).unwrap()
    );
    for worker in &workers {
        assert_eq!(parents.get(&worker.parent_span_id), Some(&number(worker)));
    }
}

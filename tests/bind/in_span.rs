//! Closures and futures in a span of their own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread;

use opentelemetry::trace::{SpanContext, Status, TraceContextExt as _, TraceFlags, Tracer as _};
use opentelemetry::{Context, KeyValue, Value, global};
use traced_worker::{bind_future_in_span, bind_in_span};
use traced_worker_tests::{Recorder, attribute, event_attribute, local_context};

/// The global provider's spans. Tests run at once: each has span names of its own.
fn recorder() -> &'static Recorder {
    static RECORDER: OnceLock<Recorder> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = Recorder::new();
        global::set_tracer_provider(recorder.provider().clone());
        recorder
    })
}

/// Runs `work` under a span named `name`.
fn under<R>(name: &'static str, work: impl FnOnce() -> R) -> R {
    let span = recorder().tracer().start(name);
    let _guard = Context::new().with_span(span).attach();
    work()
}

fn span_context() -> SpanContext {
    Context::current().span().span_context().clone()
}

#[test]
fn the_span_is_a_child_and_current_while_the_closure_runs() {
    let work = under("caller 1", || bind_in_span("work 1", span_context));
    assert!(
        recorder().named("work 1").is_empty(),
        "it starts on the other thread"
    );
    let builder = thread::Builder::new().name("resizer".to_owned());
    let thread = builder.spawn(move || (work(), Context::current().has_active_span()));
    let (seen, after) = thread.unwrap().join().unwrap();
    let span = recorder().only("work 1");
    assert_eq!(seen, span.span_context);
    assert!(!after);
    Recorder::assert_child(&span, &recorder().only("caller 1"));
    assert_eq!(span.status, Status::Unset);
    assert_eq!(
        attribute(&span, "thread.name"),
        Some(&Value::from("resizer"))
    );
    assert_eq!(
        attribute(&span, "code.file.path"),
        Some(&Value::from(file!()))
    );
    assert!(attribute(&span, "code.line.number").is_some());
    let function = attribute(&span, "code.function.name").unwrap().to_string();
    assert!(function.contains("in_span"), "{function}");
    assert!(span.end_time >= span.start_time);
}

#[test]
fn a_panic_is_recorded_and_goes_on() {
    let work = under("caller 2", || {
        bind_in_span("work 2", || {
            std::panic::panic_any("deliberate".to_owned());
        })
    });
    let payload = thread::spawn(work).join().unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "deliberate");
    let span = recorder().only("work 2");
    assert_eq!(span.status, Status::error("deliberate"));
    assert_eq!(attribute(&span, "error.type"), Some(&Value::from("panic")));
    let message = event_attribute(&span, "exception", "exception.message");
    assert_eq!(message.as_deref(), Some("deliberate"));
}

#[test]
fn an_error_is_returned_and_what_the_closure_records_of_it_stays() {
    recorder();
    let work = bind_in_span("work 3", || {
        "7x".parse::<u32>().inspect_err(|error| {
            let context = Context::current();
            context.span().set_status(Status::error(error.to_string()));
        })
    });
    assert!(work().is_err());
    let status = recorder().only("work 3").status;
    assert_eq!(status, Status::error("invalid digit found in string"));
}

#[test]
fn a_root_is_started_without_a_caller() {
    recorder();
    thread::spawn(bind_in_span(String::from("work 4"), || ()))
        .join()
        .unwrap();
    Recorder::assert_root(&recorder().only("work 4"));
}

#[test]
fn an_unsampled_caller_has_no_recorded_span_and_its_trace_goes_on() {
    recorder();
    let _guard = local_context(7, 8, TraceFlags::NOT_SAMPLED).attach();
    let seen = thread::spawn(bind_in_span("work 5", span_context))
        .join()
        .unwrap();
    assert_eq!(seen.trace_id(), 7.into());
    assert!(!seen.is_sampled());
    assert!(recorder().named("work 5").is_empty());
}

#[test]
fn a_clone_of_the_context_does_not_keep_the_span_open() {
    recorder();
    let kept = thread::spawn(bind_in_span("work 6", Context::current))
        .join()
        .unwrap();
    assert_eq!(
        recorder().only("work 6").span_context,
        *kept.span().span_context()
    );
}

#[test]
fn a_span_is_current_at_each_poll_of_a_future_and_ends_with_it() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let work = under("caller 7", || {
        bind_future_in_span("work 7", async {
            let first = span_context();
            tokio::task::yield_now().await;
            Context::current()
                .span()
                .set_attribute(KeyValue::new("polls", 2));
            (first, span_context())
        })
    });
    let (seen, between) = runtime.block_on(async {
        let task = tokio::spawn(work);
        let between = tokio::spawn(async { Context::current().has_active_span() });
        (task.await.unwrap(), between.await.unwrap())
    });
    assert!(!between);
    let span = recorder().only("work 7");
    assert_eq!(seen, (span.span_context.clone(), span.span_context.clone()));
    Recorder::assert_child(&span, &recorder().only("caller 7"));
    assert_eq!(attribute(&span, "polls"), Some(&Value::from(2)));
    assert_eq!(attribute(&span, "traced_worker.outcome"), None);
}

#[test]
fn a_panic_of_a_future_is_recorded_and_goes_on() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let work = under("caller 8", || {
        bind_future_in_span("work 8", async {
            tokio::task::yield_now().await;
            panic!("deliberate");
        })
    });
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work)));
    assert!(result.is_err());
    assert!(!Context::current().has_active_span());
    assert_eq!(
        recorder().only("work 8").status,
        Status::error("deliberate")
    );
}

#[test]
fn a_future_that_is_dropped_midway_is_cancelled_and_dropped_in_its_span() {
    struct Records;
    impl Drop for Records {
        fn drop(&mut self) {
            let context = Context::current();
            context.span().set_attribute(KeyValue::new("dropped", true));
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let work = under("caller 9", || {
        bind_future_in_span("work 9", async {
            let _records = Records;
            std::future::pending::<()>().await;
        })
    });
    runtime.block_on(async {
        let task = tokio::spawn(work);
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    let span = recorder().only("work 9");
    let outcome = attribute(&span, "traced_worker.outcome");
    assert_eq!(outcome, Some(&Value::from("cancelled")));
    assert_eq!(attribute(&span, "dropped"), Some(&Value::from(true)));
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn a_future_that_is_never_polled_has_no_span() {
    recorder();
    drop(bind_future_in_span("work 10", async {}));
    assert!(recorder().named("work 10").is_empty());
}

//! Log lines and events of `tracing`: they are on the caller's span, wherever the closure runs.

use std::sync::mpsc;
use std::thread;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, Value};
use traced_worker::{Carrier, bind, bind_future, bind_in_span};
use traced_worker_tests::{HANGS, Recorder, attribute};
use tracing::dispatcher::{self, Dispatch};
use tracing::subscriber::NoSubscriber;
use tracing::{Span, info, info_span};

use crate::integrations::{Integration, for_each, value_of};
use crate::subscriber::App;

/// The state left on a thread: the `tracing` span, whether there is a subscriber, the context.
fn left() -> (bool, bool, bool) {
    let has_subscriber = dispatcher::get_default(|it: &Dispatch| !it.is::<NoSubscriber>());
    let has_context = Context::current().has_active_span();
    (!Span::current().is_none(), has_subscriber, has_context)
}

const NOTHING: (bool, bool, bool) = (false, false, false);

/// Runs `work` in a span `request{n=3}` of `app`, and returns whether it panicked and what it left.
fn in_request(
    app: &App,
    integration: Integration,
    work: impl FnOnce() + Send + 'static,
) -> (bool, (bool, bool, bool)) {
    let (sender, receiver) = mpsc::channel();
    let after = move || sender.send(left()).unwrap();
    let _subscriber = app.set_default();
    let panicked =
        info_span!("request", n = 3).in_scope(|| integration(Box::new(work), Box::new(after)));
    (panicked, receiver.recv_timeout(HANGS).unwrap())
}

#[test]
fn a_log_line_shows_the_callers_fields_and_is_an_event_of_its_span() {
    for activation in [true, false] {
        for_each(|integration| {
            let app = App::new(activation);
            let (panicked, left) = in_request(&app, integration, || info!("hello"));
            assert!(!panicked);
            assert_eq!(left, NOTHING);
            assert_eq!(app.lines(), ["INFO request{n=3}: hello"]);
            let span = app.recorder.only("request");
            assert_eq!(span.events.len(), 1);
            assert_eq!(span.events.events[0].name, "hello");
        });
    }
}

#[test]
fn a_span_in_the_closure_is_a_child_of_the_callers_span() {
    for activation in [true, false] {
        for_each(|integration| {
            let app = App::new(activation);
            let tracer = app.recorder.tracer();
            let (_, left) = in_request(&app, integration, move || {
                info_span!("inner", m = 4).in_scope(|| info!("hello"));
                tracer.start("plain");
            });
            assert_eq!(left, NOTHING);
            assert_eq!(app.lines(), ["INFO request{n=3}:inner{m=4}: hello"]);
            let request = app.recorder.only("request");
            Recorder::assert_child(&app.recorder.only("inner"), &request);
            Recorder::assert_child(&app.recorder.only("plain"), &request);
        });
    }
}

#[test]
fn a_panic_leaves_neither_span_nor_subscriber() {
    for activation in [true, false] {
        for_each(|integration| {
            let app = App::new(activation);
            let work = || {
                let _inner = info_span!("inner").entered();
                panic!("deliberate");
            };
            let (panicked, left) = in_request(&app, integration, work);
            assert!(panicked);
            assert_eq!(left, NOTHING);
            let request = app.recorder.only("request");
            Recorder::assert_child(&app.recorder.only("inner"), &request);
        });
    }
}

#[test]
fn an_unsampled_span_has_its_log_lines_too() {
    for activation in [true, false] {
        for_each(|integration| {
            let app = App::unsampled(activation);
            let (_, left) = in_request(&app, integration, || {
                info!("sampled: {}", Carrier::current().is_sampled());
                assert!(Carrier::current().has_span());
            });
            assert_eq!(left, NOTHING);
            assert_eq!(app.lines(), ["INFO request{n=3}: sampled: false"]);
            assert!(app.recorder.spans().is_empty());
        });
    }
}

#[test]
fn a_subscriber_without_opentelemetry_has_its_log_lines() {
    for_each(|integration| {
        let app = App::without_opentelemetry();
        let (_, left) = in_request(&app, integration, || {
            assert!(Carrier::current().is_empty());
            info!("hello");
        });
        assert_eq!(left, NOTHING);
        assert_eq!(app.lines(), ["INFO request{n=3}: hello"]);
    });
}

#[test]
fn a_subscriber_travels_without_a_span() {
    for_each(|integration| {
        let app = App::new(true);
        let _subscriber = app.set_default();
        value_of(integration, || info!("hello"));
        assert_eq!(app.lines(), ["INFO hello"]);
    });
}

#[test]
fn two_registries_keep_to_themselves() {
    for activation in [true, false] {
        let (caller, other) = (App::new(activation), App::new(activation));
        let work = {
            let _subscriber = caller.set_default();
            let request = info_span!("request", n = 3);
            request.in_scope(|| {
                let work = bind(|| {
                    info!("hello");
                    info_span!("inner").in_scope(|| info!("in inner"));
                });
                assert!(request.id().is_some());
                work
            })
        };
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let _subscriber = other.set_default();
                // The ids of both registries begin with the same number.
                info_span!("task").in_scope(|| {
                    work();
                    info!("after");
                });
            });
            thread.join().unwrap();
        });
        assert_eq!(other.lines(), ["INFO task: after"]);
        let lines = [
            "INFO request{n=3}: hello",
            "INFO request{n=3}:inner: in inner",
        ];
        assert_eq!(caller.lines(), lines);
        let request = caller.recorder.only("request");
        Recorder::assert_child(&caller.recorder.only("inner"), &request);
        let task = other.recorder.only("task");
        Recorder::assert_root(&task);
        assert_eq!(task.events.len(), 1);
        assert_eq!(other.recorder.spans().len(), 1);
    }
}

#[test]
fn the_threads_own_subscriber_stays_where_there_was_none_at_the_bind() {
    let app = App::new(true);
    // Makes `tracing` look for a subscriber.
    drop(app.set_default());
    let work = bind(|| info!("hello"));
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let _subscriber = app.set_default();
            info_span!("task").in_scope(work);
        });
        thread.join().unwrap();
    });
    assert_eq!(app.lines(), ["INFO task: hello"]);
}

#[test]
fn attributes_can_be_set_on_the_span_that_was_activated() {
    for_each(|integration| {
        let app = App::new(true);
        in_request(&app, integration, || {
            let context = Context::current();
            context.span().set_attribute(KeyValue::new("set", true));
        });
        let span = app.recorder.only("request");
        assert_eq!(attribute(&span, "set"), Some(&Value::from(true)));
    });
}

#[test]
fn a_span_is_exported_once_the_closure_is_dropped() {
    let app = App::new(true);
    let _subscriber = app.set_default();
    let work = info_span!("request").in_scope(|| bind(|| info!("late")));
    let last = opentelemetry::time::now();
    assert!(app.recorder.spans().is_empty());
    drop(work);
    assert!(
        app.recorder.only("request").end_time <= last,
        "its end has not moved"
    );

    let work = info_span!("second").in_scope(|| bind(|| info!("late")));
    thread::spawn(work).join().unwrap();
    let span = app.recorder.only("second");
    assert!(span.end_time >= span.events.events[0].timestamp);
}

#[test]
fn a_future_is_polled_and_dropped_in_the_span() {
    struct Logs;
    impl Drop for Logs {
        fn drop(&mut self) {
            info!("dropped");
        }
    }
    for activation in [true, false] {
        let app = App::new(activation);
        let bound = {
            let _subscriber = app.set_default();
            info_span!("request", n = 3).in_scope(|| {
                bind_future(async {
                    let _logs = Logs;
                    info!("first");
                    tokio::task::yield_now().await;
                    info!("second");
                    std::future::pending::<()>().await;
                })
            })
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let (between, after) = runtime.block_on(async {
            let task = tokio::spawn(bound);
            let between = tokio::spawn(async { left() }).await.unwrap();
            while app.lines().len() < 2 {
                tokio::task::yield_now().await;
            }
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            (between, tokio::spawn(async { left() }).await.unwrap())
        });
        assert_eq!((between, after), (NOTHING, NOTHING));
        let lines = ["first", "second", "dropped"].map(|it| format!("INFO request{{n=3}}: {it}"));
        assert_eq!(app.lines(), lines);
        assert_eq!(app.recorder.only("request").events.len(), 3);
    }
}

#[test]
fn a_closure_in_a_span_of_its_own_logs_on_the_callers() {
    let app = App::new(true);
    let _subscriber = app.set_default();
    let work =
        info_span!("request", n = 3).in_scope(|| bind_in_span("no provider", || info!("hello")));
    thread::spawn(work).join().unwrap();
    assert_eq!(app.lines(), ["INFO request{n=3}: hello"]);
}

//! Each set of layers has what its user expects of a run, and none has a second span.

use std::sync::{Arc, Mutex, OnceLock};

use opentelemetry::trace::TraceFlags;
use tokio::runtime::Runtime;
use traced_worker::{Pool, Worker, traced_worker};
use traced_worker_tests::{Layers, Recorder, TestSubscriber, remote_context};
use tracing::dispatcher::WeakDispatch;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Event, Subscriber, info, info_span};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::layer::Context;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, registry};

use crate::pool;

#[traced_worker(tracing)]
fn on_thread() -> u8 {
    info!("hello");
    7
}

#[traced_worker(tracing)]
async fn on_task() -> u8 {
    tokio::task::yield_now().await;
    info!("hello");
    7
}

/// The layers, and what they have of a message that is dispatched in a span `caller`.
struct Case {
    name: &'static str,
    layers: Layers,
    /// The spans of the log line; `None` if there is none.
    line: Option<&'static str>,
    /// There are spans of the caller and of the worker.
    spans: (bool, bool),
}

const WORKERS: [&str; 2] = ["on_thread", "on_task"];

fn cases() -> [Case; 6] {
    [
        Case {
            name: "fmt alone",
            layers: Layers {
                spans: false,
                ..Layers::default()
            },
            line: Some("caller:worker"),
            spans: (false, false),
        },
        Case {
            name: "tracing-opentelemetry alone",
            layers: Layers {
                lines: false,
                ..Layers::default()
            },
            line: None,
            spans: (true, true),
        },
        Case {
            name: "both",
            layers: Layers::default(),
            line: Some("caller:worker"),
            spans: (true, true),
        },
        Case {
            name: "a filter that disables the worker span",
            layers: Layers {
                enabled: |metadata| !WORKERS.contains(&metadata.name()),
                ..Layers::default()
            },
            line: Some("caller"),
            spans: (true, false),
        },
        Case {
            name: "a filter that keeps the worker span from tracing-opentelemetry",
            layers: Layers {
                spans_enabled: |metadata| !WORKERS.contains(&metadata.name()),
                ..Layers::default()
            },
            line: Some("caller:worker"),
            spans: (true, false),
        },
        Case {
            name: "a filter that disables everything",
            layers: Layers {
                enabled: |_| false,
                ..Layers::default()
            },
            line: None,
            spans: (false, false),
        },
    ]
}

fn check<W: Worker<Message = (), Output = u8>>(
    worker: &str,
    start: impl Fn() -> Pool<W>,
    runtime: &Runtime,
) {
    for case in cases() {
        for activation in [true, false] {
            println!("{worker}, {}, activation: {activation}", case.name);
            let layers = Layers {
                activation,
                ..case.layers
            };
            let subscriber = TestSubscriber::new(layers);
            subscriber.within(|| {
                let pool = start();
                let handle = info_span!("caller").in_scope(|| pool.dispatch(()).unwrap());
                assert_eq!(runtime.block_on(handle).unwrap(), 7);
            });
            let line = case.line.map(|spans| {
                let spans = spans.replace("worker", worker);
                format!("INFO {spans}: tracing::layers: hello")
            });
            assert_eq!(subscriber.lines(), line.into_iter().collect::<Vec<_>>());
            let recorder = &subscriber.recorder;
            let (caller, of_worker) = (recorder.named("caller"), recorder.named(worker));
            assert_eq!((caller.len() == 1, of_worker.len() == 1), case.spans);
            assert_eq!(recorder.spans().len(), caller.len() + of_worker.len());
            if let Some(span) = of_worker.first() {
                Recorder::assert_child(span, &caller[0]);
                assert_eq!(span.events.len(), 1);
            } else if case.line == Some("caller") {
                assert_eq!(caller[0].events.len(), 1);
            }
        }
    }
    println!("{worker}, no subscriber");
    assert_eq!(runtime.block_on(start().dispatch(()).unwrap()).unwrap(), 7);
}

#[test]
fn each_set_of_layers_has_what_its_user_expects() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    check("on_thread", || pool(on_thread::pool()), &runtime);
    let start = || {
        let builder = on_task::pool().runtime(runtime.handle());
        builder.inherit_subscriber().start().unwrap()
    };
    check("on_task", start, &runtime);
}

/// Starts the OpenTelemetry span of each span as soon as that is made, and keeps the names of events.
#[derive(Clone, Default)]
struct StartsSpans {
    dispatch: Arc<OnceLock<WeakDispatch>>,
    events: Arc<Mutex<Vec<&'static str>>>,
}

impl<S: Subscriber> Layer<S> for StartsSpans {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
        get_otel_context(id, &dispatch.unwrap()).unwrap();
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.events.lock().unwrap().push(event.metadata().name());
    }
}

/// The worker span has its parent in spite of it, or there is a warning.
#[test]
fn a_layer_that_leaves_no_time_to_set_the_parent_makes_no_silent_root() {
    let (recorder, starts) = (Recorder::new(), StartsSpans::default());
    let spans = tracing_opentelemetry::layer().with_tracer(recorder.tracer());
    let subscriber = registry().with(spans).with(starts.clone());
    tracing::subscriber::with_default(subscriber, || {
        let pool = pool(on_thread::pool());
        let context = remote_context(7, 8, TraceFlags::SAMPLED);
        let handle = pool.with_context(&context).dispatch(()).unwrap();
        assert_eq!(handle.wait().unwrap(), 7);
    });
    let is_child = recorder.only("on_thread").parent_span_id == 8.into();
    let events = starts.events.lock().unwrap();
    let is_warned_of = events.contains(&"Worker.ParentNotSet");
    assert!(is_child != is_warned_of, "{is_child}, {events:?}");
}

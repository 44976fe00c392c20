//! The parent of a worker span, and what is current while a future is polled.

use opentelemetry::trace::{SpanId, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _};
use opentelemetry_sdk::trace::Sampler;
use traced_worker::{SpanRelation, traced_worker};
use traced_worker_tests::{Recorder, attribute};

use crate::support::{Yields, multi_thread, on_each_runtime, pool};

fn current_span() -> SpanId {
    Context::current().span().span_context().span_id()
}

/// Returns the span that was current in the constructor's place, and after each of the await points.
#[traced_worker(fields(yields))]
async fn spans(yields: usize) -> Vec<SpanId> {
    let mut seen = vec![current_span()];
    for _ in 0..yields {
        Yields(1).await;
        seen.push(current_span());
    }
    seen
}

#[test]
fn the_span_is_current_at_every_poll() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, spans::pool());
        let seen = recorder.tracer().in_span("caller", |_| {
            let handle = pool.dispatch(5).unwrap();
            runtime.block_on(handle).unwrap()
        });
        let span = recorder.only("spans");
        Recorder::assert_child(&span, &recorder.only("caller"));
        assert_eq!(seen, vec![span.span_context.span_id(); 6]);
        assert_eq!(attribute(&span, "yields"), Some(&5.into()));
    });
}

/// Messages that run at the same time in one thread, and others' tasks between them.
#[test]
fn messages_that_take_turns_have_their_own_spans() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = spans::pool()
            .concurrency(10)
            .runtime(runtime.handle())
            .tracer_provider(recorder.provider())
            .start()
            .unwrap();
        let tracer = recorder.tracer();
        let other = runtime.spawn(async {
            for _ in 0..200 {
                assert_eq!(current_span(), SpanId::INVALID);
                tokio::task::yield_now().await;
            }
        });
        let handles: Vec<_> = (0..50)
            .map(|_| tracer.in_span("caller", |_| pool.dispatch(20).unwrap()))
            .collect();
        for handle in handles {
            let seen = runtime.block_on(handle).unwrap();
            assert!(seen.iter().all(|span| *span == seen[0]), "{seen:?}");
            let span = recorder
                .named("spans")
                .into_iter()
                .find(|span| span.span_context.span_id() == seen[0])
                .unwrap();
            let caller = recorder
                .named("caller")
                .into_iter()
                .find(|caller| caller.span_context.span_id() == span.parent_span_id)
                .unwrap();
            Recorder::assert_child(&span, &caller);
        }
        runtime.block_on(other).unwrap();
    });
}

/// The dispatcher is itself a task, whose context is current only in its polls.
#[test]
fn an_async_dispatch_has_the_context_of_its_call() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, spans::pool());
        let caller = recorder.tracer().start("caller");
        let context = Context::new().with_span(caller);
        let dispatch = pool.with_context(&context).dispatch_async(1);
        let seen = runtime.block_on(async { dispatch.await.unwrap().await.unwrap() });
        context.span().end();
        let span = recorder.only("spans");
        Recorder::assert_child(&span, &recorder.only("caller"));
        assert_eq!(seen[1], span.span_context.span_id());
    });
}

#[traced_worker]
async fn inner(yields: usize) -> SpanId {
    Yields(yields).await;
    current_span()
}

#[traced_worker]
async fn outer(pool: traced_worker::Pool<inner>) -> SpanId {
    Yields(1).await;
    pool.call_async(2).await.unwrap()
}

#[test]
fn workers_that_call_workers_make_one_trace() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let inner_pool = pool(&recorder, runtime, inner::pool());
        let outer_pool = pool(&recorder, runtime, outer::pool());
        let handle = outer_pool.dispatch(inner_pool).unwrap();
        let seen = runtime.block_on(handle).unwrap();
        let (outer, call, inner) = (
            recorder.only("outer"),
            recorder.only("call inner"),
            recorder.only("inner"),
        );
        Recorder::assert_root(&outer);
        Recorder::assert_child(&call, &outer);
        Recorder::assert_child(&inner, &call);
        assert_eq!(seen, inner.span_context.span_id());
    });
}

#[test]
fn relations_are_those_of_threads() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, spans::pool());
    recorder.tracer().in_span("caller", |_| {
        for relation in [SpanRelation::Link, SpanRelation::Root] {
            let handle = pool.with_relation(relation).dispatch(1).unwrap();
            runtime.block_on(handle).unwrap();
        }
    });
    let caller = recorder.only("caller");
    let [link, root] = &*recorder.named("spans") else {
        panic!("two spans");
    };
    Recorder::assert_root(link);
    Recorder::assert_root(root);
    assert_eq!(link.links.links.len(), 1);
    let linked = &link.links.links[0].span_context;
    assert_eq!(linked.span_id(), caller.span_context.span_id());
    assert!(root.links.links.is_empty());
}

#[traced_worker]
async fn tenant() -> (String, bool) {
    Yields(1).await;
    let context = Context::current();
    let tenant = context.baggage().get("tenant").map(ToString::to_string);
    (
        tenant.unwrap_or_default(),
        context.span().span_context().is_sampled(),
    )
}

fn with_tenant() -> Context {
    Context::new().with_baggage([KeyValue::new("tenant", "blue")])
}

#[test]
fn baggage_is_current_without_a_recorded_span() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::with_sampler(Sampler::AlwaysOff);
        let pool = pool(&recorder, runtime, tenant::pool());
        let context = with_tenant();
        let handle = pool.with_context(&context).dispatch(()).unwrap();
        assert_eq!(
            runtime.block_on(handle).unwrap(),
            ("blue".to_owned(), false)
        );
        assert!(recorder.spans().is_empty());
    });
}

#[test]
fn baggage_is_current_without_a_provider() {
    let runtime = multi_thread(1);
    let provider = opentelemetry::trace::noop::NoopTracerProvider::new();
    let _ = provider.tracer("test");
    let pool = tenant::pool()
        .runtime(runtime.handle())
        .tracer_provider(&provider)
        .start()
        .unwrap();
    let context = with_tenant();
    let handle = pool.with_context(&context).dispatch(()).unwrap();
    assert_eq!(
        runtime.block_on(handle).unwrap(),
        ("blue".to_owned(), false)
    );
}

/// The function is a plain one: a direct call makes no span.
#[test]
fn a_direct_call_makes_no_span() {
    let seen = pollster::block_on(spans(2));
    assert_eq!(seen, [SpanId::INVALID; 3]);
}

#[traced_worker(name = "worker_fetch", kind = client, ret)]
async fn fetch(url: String) -> usize {
    Yields(1).await;
    url.len()
}

#[test]
fn arguments_are_those_of_plain_workers() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, fetch::pool());
    let handle = pool.dispatch("four".to_owned()).unwrap();
    assert_eq!(runtime.block_on(handle).unwrap(), 4);
    let span = recorder.only("worker_fetch");
    assert_eq!(span.span_kind, opentelemetry::trace::SpanKind::Client);
    assert_eq!(attribute(&span, "return"), Some(&4.into()));
    let name = attribute(&span, "thread.name").unwrap();
    assert!(name.as_str().starts_with("tokio"), "{name}");
    assert!(attribute(&span, "traced_worker.queue.wait").is_some());
}

#[traced_worker]
async fn first<T: Send + Sync + Clone + 'static, const N: usize>(list: [T; N]) -> T {
    Yields(1).await;
    list[0].clone()
}

#[test]
fn a_worker_may_be_generic() {
    let runtime = multi_thread(1);
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, first::<String, 2>::pool());
    let handle = pool.dispatch(["a".to_owned(), "b".to_owned()]).unwrap();
    assert_eq!(runtime.block_on(handle).unwrap(), "a");
}

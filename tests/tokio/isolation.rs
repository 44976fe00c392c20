//! Nothing of one message is visible to the next task on the same thread.

use std::{mem, thread};

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
};
use traced_worker::traced_worker;
use traced_worker_tests::Recorder;

use crate::support::{Drops, Gate, Yields, current_thread, on_each_runtime, pool};

fn is_empty(context: &Context) -> bool {
    !context.has_active_span() && context.baggage().is_empty()
}

async fn assert_nothing_is_current() {
    for _ in 0..100 {
        assert!(is_empty(&Context::current()));
        tokio::task::yield_now().await;
    }
}

#[traced_worker]
async fn wait(gate: Gate) {
    assert!(Context::current().has_active_span());
    gate.await;
    assert!(Context::current().has_active_span());
}

#[test]
fn a_job_that_waits_is_not_current() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, wait::pool());
        let gate = Gate::default();
        let handle = pool.dispatch(gate.clone()).unwrap();
        runtime.block_on(async {
            gate.wait_for(1).await;
            tokio::spawn(assert_nothing_is_current()).await.unwrap();
            assert_nothing_is_current().await;
            gate.open();
            handle.await.unwrap();
            tokio::spawn(assert_nothing_is_current()).await.unwrap();
        });
    });
}

#[test]
fn a_job_that_was_cancelled_is_not_current() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, wait::pool());
        let gate = Gate::default();
        let handle = pool.dispatch(gate.clone()).unwrap();
        runtime.block_on(async {
            gate.wait_for(1).await;
            assert!(handle.cancel());
            assert!(handle.await.unwrap_err().is_cancelled());
            for _ in 0..4 {
                tokio::spawn(assert_nothing_is_current()).await.unwrap();
            }
        });
    });
}

#[traced_worker]
async fn leak(yields: usize) -> bool {
    let context = Context::current().with_baggage([KeyValue::new("leaked", "yes")]);
    mem::forget(context.attach());
    Yields(yields).await;
    // The context of the message is current again.
    Context::current().baggage().is_empty() && Context::current().has_active_span()
}

/// The context around the job is attached again, without the span that the caller ends.
#[test]
fn a_leaked_guard_does_not_keep_the_span_around_the_runtime_open() {
    let runtime = current_thread();
    let recorder = Recorder::new();
    let pool = pool(&recorder, &runtime, leak::pool());
    // On a thread of its own, because a leak stays.
    thread::scope(|scope| {
        let around = || {
            let span = recorder.tracer().start("around");
            let context = Context::new().with_span(span);
            let span_context = context.span().span_context().clone();
            let guard = context.attach();
            let handle = pool.dispatch(0).unwrap();
            runtime.block_on(handle).unwrap();
            let current = Context::current();
            assert_eq!(current.span().span_context(), &span_context);
            drop((current, guard));
            recorder.named("around").len()
        };
        assert_eq!(scope.spawn(around).join().unwrap(), 1);
    });
}

#[test]
fn a_leaked_guard_is_counted_and_leaves_nothing() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, leak::pool());
        runtime.block_on(async {
            for yields in [0, 1, 5] {
                let is_clean = pool.dispatch_async(yields).await.unwrap().await.unwrap();
                assert_eq!(is_clean, yields > 0);
                tokio::spawn(assert_nothing_is_current()).await.unwrap();
            }
        });
        assert_eq!(pool.stats().leaked_guards, 3);
        assert_eq!(pool.stats().completed, 3);
        assert_eq!(recorder.named("leak").len(), 3);
        assert!(
            recorder
                .spans()
                .iter()
                .all(|span| span.parent_span_id == SpanId::INVALID)
        );
    });
}

#[derive(Clone, Copy, Debug)]
enum Leaked {
    Nothing,
    /// A context that was made of the worker's.
    Derived,
    /// The worker's context itself.
    Same,
    /// A context that has nothing of the worker's.
    Unrelated,
}

#[traced_worker]
async fn leak_of(leaked: Leaked, yields: usize) -> bool {
    let span_context = Context::current().span().span_context().clone();
    let baggage = [KeyValue::new("leaked", "yes")];
    let context = match leaked {
        Leaked::Nothing => None,
        Leaked::Derived => Some(Context::current().with_baggage(baggage)),
        Leaked::Same => Some(Context::current()),
        Leaked::Unrelated => Some(Context::new().with_baggage(baggage)),
    };
    mem::forget(context.map(Context::attach));
    Yields(yields).await;
    let current = Context::current();
    current.baggage().is_empty() && current.span().span_context() == &span_context
}

/// Recorded or not, with a span or without: whatever is leaked is found.
#[test]
fn each_leaked_guard_is_counted_and_leaves_nothing() {
    let leaks = [
        Leaked::Nothing,
        Leaked::Derived,
        Leaked::Same,
        Leaked::Unrelated,
    ];
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let recorded = pool(&recorder, runtime, leak_of::pool());
        let without_provider = leak_of::pool().runtime(runtime.handle()).start().unwrap();
        let parent = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::NOT_SAMPLED,
            false,
            TraceState::NONE,
        ));
        for context in [Context::new(), parent] {
            for pool in [&recorded, &without_provider] {
                let counted = pool.stats().leaked_guards;
                runtime.block_on(async {
                    for leaked in leaks {
                        let pool = pool.with_context(&context);
                        let handle = pool.dispatch_async((leaked, 1)).await.unwrap();
                        assert!(handle.await.unwrap(), "{leaked:?}");
                        tokio::spawn(assert_nothing_is_current()).await.unwrap();
                    }
                });
                assert_eq!(pool.stats().leaked_guards, counted + 3);
            }
        }
    });
}

/// Reads the current context when it is dropped.
struct SeesContext(Drops);

impl Drop for SeesContext {
    fn drop(&mut self) {
        if Context::current().has_active_span() {
            drop(self.0.guard());
        }
    }
}

#[traced_worker]
async fn hold(message: (SeesContext, Gate)) {
    let (held, gate) = message;
    gate.await;
    drop(held);
}

#[test]
fn destructors_see_the_context() {
    on_each_runtime(|runtime| {
        let recorder = Recorder::new();
        let pool = pool(&recorder, runtime, hold::pool());
        let (seen, gate) = (Drops::default(), Gate::default());
        let handle = pool
            .dispatch((SeesContext(seen.clone()), gate.clone()))
            .unwrap();
        runtime.block_on(async {
            gate.wait_for(1).await;
            handle.cancel();
            assert!(handle.await.unwrap_err().is_cancelled());
        });
        assert_eq!(seen.get(), 1);
    });
}

/// A context that the caller's task has attached in its poll is current after the poll of a job that
/// is run inside of it.
#[test]
fn the_context_of_an_outer_poll_is_restored() {
    let recorder = Recorder::new();
    let runtime = current_thread();
    let pool = pool(&recorder, &runtime, leak::pool());
    let outer = Context::new().with_baggage([KeyValue::new("outer", "yes")]);
    let _guard = outer.attach();
    let handle = pool.dispatch(1).unwrap();
    runtime.block_on(handle).unwrap();
    let baggage = Context::current().baggage().get("outer").cloned();
    assert_eq!(baggage, Some("yes".into()));
}

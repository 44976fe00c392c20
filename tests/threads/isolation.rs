//! Parents, and what one pool's message leaves to the next message on the same thread: nothing.

use std::mem;
use std::thread;
use std::time::Duration;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use traced_worker::{Pool, SpanRelation, SyncWorker, Threads, traced_worker};
use traced_worker_tests::{Recorder, latch};

#[traced_worker]
fn first(number: u64) -> u64 {
    number
}

#[traced_worker]
fn second(number: u64) -> u64 {
    number
}

fn pool<W: SyncWorker<State = ()>>(recorder: &Recorder, threads: &Threads) -> Pool<W> {
    traced_worker::PoolBuilder::new()
        .on(threads)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap()
}

#[test]
fn each_worker_span_is_a_child_of_its_dispatch_span() {
    let recorder = Recorder::new();
    let threads = Threads::new(2).unwrap();
    let (first, second) = (
        pool::<first>(&recorder, &threads),
        pool::<second>(&recorder, &threads),
    );
    let tracer = recorder.tracer();
    let handles: Vec<_> = (0..100)
        .flat_map(|number| {
            tracer.in_span(format!("caller {number}"), |_| {
                [
                    first.dispatch(number).unwrap(),
                    second.dispatch(number).unwrap(),
                ]
            })
        })
        .collect();
    for handle in handles {
        handle.wait().unwrap();
    }
    first.shutdown(Duration::from_secs(60));
    second.shutdown(Duration::from_secs(60));
    for name in ["first", "second"] {
        let spans = recorder.named(name);
        assert_eq!(spans.len(), 100);
        let mut parents: Vec<_> = spans.iter().map(|span| span.parent_span_id).collect();
        parents.sort_unstable_by_key(|id| id.to_bytes());
        parents.dedup();
        assert_eq!(parents.len(), 100);
        for span in &spans {
            let parent = recorder.spans();
            let parent = parent
                .iter()
                .find(|it| it.span_context.span_id() == span.parent_span_id);
            Recorder::assert_child(span, parent.unwrap());
        }
    }
}

#[test]
fn a_view_overrides_the_relation() {
    let recorder = Recorder::new();
    let threads = Threads::new(1).unwrap();
    let pool = pool::<first>(&recorder, &threads);
    recorder.tracer().in_span("caller", |_| {
        let view = pool.with_relation(SpanRelation::Link);
        view.dispatch(1).unwrap().wait().unwrap();
    });
    pool.shutdown(Duration::from_secs(60));
    let span = recorder.only("first");
    Recorder::assert_root(&span);
    assert_eq!(span.links.links.len(), 1);
}

/// Returns what is current: the tenant, and whether there is a span.
#[traced_worker]
fn look(_number: u64) -> (Option<String>, bool) {
    let context = Context::current();
    let tenant = context.baggage().get("tenant").map(ToString::to_string);
    (tenant, context.has_active_span())
}

#[traced_worker]
fn misbehave(kind: u64) {
    assert_ne!(kind, 1, "on purpose");
    if kind == 2 {
        mem::forget(Context::current_with_baggage([KeyValue::new("tenant", "leaked")]).attach());
    }
}

#[test]
fn nothing_gets_to_the_next_message_on_the_thread() {
    let threads = Threads::new(1).unwrap();
    // No provider: a context that were left over would be seen.
    let bad = misbehave::pool().on(&threads).start().unwrap();
    let good = look::pool().on(&threads).start().unwrap();
    let tenant = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    for round in 0..30 {
        let misbehaving = bad.with_context(&tenant).dispatch(round % 3).unwrap();
        let looking = good.dispatch(round).unwrap();
        let spawned = threads
            .spawn(|| Context::current().baggage().get("tenant").is_some())
            .unwrap();
        assert_eq!(misbehaving.wait().is_err(), round % 3 == 1);
        assert_eq!(looking.wait().unwrap(), (None, false));
        assert!(!spawned.wait().unwrap());
    }
    let stats = bad.stats();
    assert_eq!(stats.panicked, 10);
    assert_eq!(stats.leaked_guards, 10);
    assert_eq!(good.stats().leaked_guards, 0);
}

#[traced_worker]
fn leak() -> thread::ThreadId {
    mem::forget(Context::new().attach());
    thread::current().id()
}

#[test]
fn a_thread_with_a_leaked_context_is_replaced() {
    let threads = Threads::builder().threads(1).name("work").start().unwrap();
    let pool = leak::pool().on(&threads).start().unwrap();
    let mut seen: Vec<_> = (0..20)
        .map(|_| pool.dispatch(()).unwrap().wait().unwrap())
        .collect();
    seen.dedup();
    assert_eq!(seen.len(), 20);
    let name = threads.spawn(|| thread::current().name().unwrap().to_owned());
    assert_eq!(name.unwrap().wait().unwrap(), "work-0");
    assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 20);
    assert_eq!(pool.stats().leaked_guards, 20);
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(thread::panicking(), "on purpose");
    }
}

#[traced_worker]
fn explode(#[state] state: &mut (u32, Bomb), message: (Bomb, u32)) -> u32 {
    state.0 += 1;
    let (bomb, number) = message;
    if number == 0 {
        drop(bomb);
    } else {
        mem::forget(bomb);
    }
    state.0
}

#[test]
fn destructors_that_panic_cost_their_own_pool_nothing_but_the_run() {
    let threads = Threads::new(1).unwrap();
    let pool = explode::pool(|| (0, Bomb)).on(&threads).start().unwrap();
    let (held, release) = latch();
    let holding = threads.spawn(move || held.hold()).unwrap();
    release.wait_until_held();
    // Dropped unrun, by the thread.
    let cancelled = pool.dispatch((Bomb, 1)).unwrap();
    assert!(cancelled.cancel());
    let panicking = pool.dispatch((Bomb, 0)).unwrap();
    let first = pool.dispatch((Bomb, 1)).unwrap();
    let second = pool.dispatch((Bomb, 1)).unwrap();
    drop(release);
    holding.wait().unwrap();
    assert!(panicking.wait().unwrap_err().is_panic());
    // The state was made again.
    assert_eq!((first.wait().unwrap(), second.wait().unwrap()), (1, 2));
    let report = pool.shutdown(Duration::from_secs(60));
    assert_eq!(
        (report.completed, report.panicked, report.cancelled),
        (2, 1, 1)
    );
    assert_eq!(threads.spawn(|| 7).unwrap().wait().unwrap(), 7);
}

//! The core's warnings in OpenTelemetry's internal log, which has one subscriber for the process.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::{Debug, Write as _};
use std::mem;
use std::sync::Mutex;
use std::time::Duration;

use opentelemetry::Context;
use traced_worker::{Pool, traced_worker};
use traced_worker_tests::{Latch, Release, latch};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The warnings, with all fields but the message.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ["Pool.DroppedWithWork", "Worker.LeakedContextGuard"].contains(&metadata.name())
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(event.metadata().name().to_owned());
        event.record(&mut text);
        WARNINGS.lock().unwrap().push(text.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if !["name", "message"].contains(&field.name()) {
            let _ = write!(self.0, " {}={value:?}", field.name());
        }
    }
}

fn warnings() -> Vec<String> {
    mem::take(&mut *WARNINGS.lock().unwrap())
}

#[traced_worker]
fn held(latch: Latch) {
    latch.hold();
}

/// Returns a pool that runs one message, and has `queued` more.
fn busy(queued: usize) -> (Pool<held>, Release) {
    let pool = held::pool().threads(1).start().unwrap();
    let (first, release) = latch();
    pool.send(first).unwrap();
    release.wait_until_held();
    for _ in 0..queued {
        pool.send(latch().0).unwrap();
    }
    (pool, release)
}

fn a_pool_that_is_dropped_with_work_left_warns_of_it() {
    for queued in [0, 1, 2] {
        let (pool, release) = busy(queued);
        let clone = pool.clone();
        drop(pool);
        assert!(warnings().is_empty(), "there is a clone");
        drop(clone);
        let warning = format!("Pool.DroppedWithWork worker=held queued={queued} running=1");
        assert_eq!(warnings(), [warning]);
        drop(release);
    }
}

fn a_pool_that_is_dropped_without_work_or_after_its_shutdown_does_not_warn() {
    let (pool, release) = busy(0);
    let handle = pool.dispatch(latch().0).unwrap();
    release.release();
    handle.wait().unwrap();
    drop(pool);
    assert!(warnings().is_empty());

    let (pool, release) = busy(1);
    assert_eq!(pool.shutdown(Duration::from_millis(1)).running, 1);
    drop(pool);
    assert!(warnings().is_empty());
    drop(release);
}

#[traced_worker(name = "leaking")]
fn leak() {
    mem::forget(Context::new().attach());
}

/// Its message leaks a guard inside of another one, which waits for it.
#[traced_worker(name = "nested")]
fn leak_inside(pool: Option<Pool<leak_inside>>) {
    match pool {
        Some(pool) => pool.dispatch(None).unwrap().wait().unwrap(),
        None => mem::forget(Context::new().attach()),
    }
}

fn a_leaked_guard_is_warned_of_with_the_workers_name() {
    let pool = leak::pool().threads(1).start().unwrap();
    pool.send(()).unwrap();
    pool.shutdown(Duration::MAX);
    assert_eq!(pool.stats().leaked_guards, 1);
    assert_eq!(
        warnings(),
        ["Worker.LeakedContextGuard worker=leaking function=warnings::leak"]
    );

    let pool = leak_inside::pool().threads(1).start().unwrap();
    pool.dispatch(Some(pool.clone())).unwrap().wait().unwrap();
    pool.shutdown(Duration::MAX);
    // The inner run and the outer one: a context that was leaked inside lies above both.
    assert_eq!(pool.stats().leaked_guards, 2);
    assert_eq!(
        warnings(),
        ["Worker.LeakedContextGuard worker=nested function=warnings::leak_inside"; 2]
    );
}

/// One test, because the log belongs to the process.
#[test]
fn the_core_warns_of_lost_work_and_of_leaked_guards() {
    tracing::subscriber::set_global_default(Log).unwrap();
    a_pool_that_is_dropped_with_work_left_warns_of_it();
    a_pool_that_is_dropped_without_work_or_after_its_shutdown_does_not_warn();
    a_leaked_guard_is_warned_of_with_the_workers_name();
}

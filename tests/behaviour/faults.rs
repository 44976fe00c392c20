//! Foreign code that panics, hangs or calls back: no thread of a pool dies, no handle stays
//! unresolved, no waiter stays asleep.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context as OtelContext, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample, Span, SpanData,
    SpanProcessor,
};
use pollster::block_on;
use traced_worker::{JobError, JoinHandle, Pool, traced_worker};
use traced_worker_tests::{
    HANGS, Latch, Recorder, Release, Wakeups, join, latch, provider_builder, spawn_blocked,
    wait_until,
};

#[traced_worker]
fn work(latch: Option<Latch>) -> ThreadId {
    if let Some(latch) = latch {
        latch.hold();
    }
    thread::current().id()
}

/// Waits for a handle, and fails instead of hanging.
fn wait<T>(handle: JoinHandle<T>) -> Result<T, JobError> {
    let Ok(result) = handle.wait_timeout(HANGS) else {
        panic!("the handle does not resolve");
    };
    result
}

/// Returns a pool whose one thread is held.
fn held_pool(queue_capacity: usize) -> (Pool<work>, Release) {
    let pool = work::pool().threads(1).queue_capacity(queue_capacity);
    let pool = pool.start().unwrap();
    let (latch, release) = latch();
    pool.send(Some(latch)).unwrap();
    release.wait_until_held();
    (pool, release)
}

#[test]
fn a_waker_that_panics_in_a_reply_costs_nothing_else() {
    let pool = work::pool().threads(1).start().unwrap();
    let thread = wait(pool.dispatch(None).unwrap()).unwrap();
    for _ in 0..3 {
        let (latch, release) = latch();
        let mut handle = pool.dispatch(Some(latch)).unwrap();
        release.wait_until_held();
        let wakeups = Wakeups::panicking();
        assert!(wakeups.poll(&mut handle).is_pending());
        release.release();
        wakeups.wait();
        assert_eq!(wait(handle).unwrap(), thread, "the thread lives");
    }
    assert_eq!(wait(pool.dispatch(None).unwrap()).unwrap(), thread);
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.panicked), (5, 0));
}

#[test]
fn a_waker_that_panics_when_a_place_frees_keeps_nobody_out() {
    let (pool, release) = held_pool(1);
    pool.send(None).unwrap();
    let wakeups = [(); 3].map(|()| Wakeups::panicking());
    let mut bombs = [(); 3].map(|()| pool.dispatch_async(None));
    for (wakeups, dispatch) in wakeups.iter().zip(&mut bombs) {
        assert!(wakeups.poll(dispatch).is_pending());
    }
    thread::scope(|scope| {
        let release = release;
        // They wait behind those whose wakers panic.
        let dispatchers = [(); 2].map(|()| spawn_blocked(scope, || pool.dispatch(None).unwrap()));
        release.release();
        for dispatcher in dispatchers {
            wait(join(dispatcher)).unwrap();
        }
    });
    for dispatch in bombs {
        wait(block_on(dispatch).unwrap()).unwrap();
    }
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.panicked), (7, 0));
}

#[test]
fn a_waker_that_panics_while_the_pool_closes_leaves_nobody_asleep() {
    let (pool, release) = held_pool(1);
    pool.send(None).unwrap();
    let wakeups = [true, false, true, false].map(|panics| {
        if panics {
            Wakeups::panicking()
        } else {
            Wakeups::new()
        }
    });
    let mut dispatches = [(); 4].map(|()| pool.dispatch_async(None));
    for (wakeups, dispatch) in wakeups.iter().zip(&mut dispatches) {
        assert!(wakeups.poll(dispatch).is_pending());
    }
    thread::scope(|scope| {
        let release = release;
        let blocked = spawn_blocked(scope, || pool.send(None));
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!((report.abandoned, report.running), (1, 1));
        for wakeups in &wakeups {
            wakeups.wait();
        }
        assert!(join(blocked).is_err());
        for dispatch in dispatches {
            assert!(block_on(dispatch).is_err());
        }
        release.release();
    });
}

#[test]
fn a_waker_that_panics_while_a_job_is_abandoned_leaves_no_handle_unresolved() {
    let (pool, release) = held_pool(8);
    let mut handles = [(); 4].map(|()| pool.dispatch(None).unwrap());
    for handle in &mut handles {
        assert!(Wakeups::panicking().poll(handle).is_pending());
    }
    assert_eq!(pool.shutdown(Duration::ZERO).abandoned, 4);
    for handle in handles {
        assert!(wait(handle).unwrap_err().is_abandoned());
    }
    release.release();
}

/// Telemetry that panics where it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panics {
    Sampler,
    OnStart,
    OnEnd,
}

impl ShouldSample for Panics {
    fn should_sample(
        &self,
        _: Option<&OtelContext>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        assert!(*self != Self::Sampler, "a sampler");
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

impl SpanProcessor for Panics {
    fn on_start(&self, _: &mut Span, _: &OtelContext) {
        assert!(*self != Self::OnStart, "on_start");
    }

    fn on_end(&self, _: SpanData) {
        assert!(*self != Self::OnEnd, "on_end");
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn panicking_provider(panics: Panics) -> SdkTracerProvider {
    provider_builder()
        .with_sampler(panics)
        .with_span_processor(panics)
        .build()
}

const TELEMETRY: [Panics; 3] = [Panics::Sampler, Panics::OnStart, Panics::OnEnd];

#[test]
fn telemetry_that_panics_costs_the_span_and_not_the_message() {
    #[traced_worker(fields(calls = calls))]
    fn count(#[state] calls: &mut u32) -> u32 {
        *calls += 1;
        *calls
    }

    for panics in TELEMETRY {
        let provider = panicking_provider(panics);
        // A state that cannot be made a second time.
        let made = OnceLock::new();
        let pool = count::try_pool(move || made.set(()).map(|()| 0).map_err(|()| "made twice"))
            .threads(1)
            .tracer_provider(&provider)
            .start()
            .unwrap();
        for expected in 1..=3 {
            assert_eq!(wait(pool.dispatch(()).unwrap()).unwrap(), expected);
        }
        assert_eq!(pool.call(()).unwrap(), 4);
        assert_eq!(block_on(pool.call_async(())).unwrap(), 5);
        assert_eq!(pool.shutdown(Duration::MAX).completed, 5, "{panics:?}");
    }
}

#[test]
fn telemetry_that_panics_costs_no_message_of_a_batch() {
    #[traced_worker(batch = 8)]
    fn add(rows: Vec<u32>) -> u32 {
        rows.into_iter().sum()
    }

    for panics in TELEMETRY {
        let provider = panicking_provider(panics);
        let pool = add::pool().threads(1).tracer_provider(&provider);
        let pool = pool.start().unwrap();
        for handle in pool.dispatch_all(0..20).unwrap() {
            wait(handle).unwrap();
        }
        assert_eq!(pool.shutdown(Duration::MAX).completed, 20, "{panics:?}");
    }
}

#[test]
fn telemetry_that_panics_while_a_shutdown_abandons_leaves_no_handle_unresolved() {
    for panics in TELEMETRY {
        let provider = panicking_provider(panics);
        let pool = work::pool().threads(1).tracer_provider(&provider);
        let pool = pool.start().unwrap();
        let (latch, release) = latch();
        let running = pool.dispatch(Some(latch)).unwrap();
        release.wait_until_held();
        let handles = [(); 3].map(|()| pool.dispatch(None).unwrap());
        let report = pool.shutdown(Duration::ZERO);
        assert_eq!((report.abandoned, report.running), (3, 1), "{panics:?}");
        for handle in handles {
            assert!(wait(handle).unwrap_err().is_abandoned());
        }
        release.release();
        wait(running).unwrap();
    }
}

/// Panics, also when its panic's payload is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Self);
    }
}

#[test]
fn a_payload_that_panics_when_dropped_ends_no_thread() {
    #[traced_worker]
    fn explode(panics: bool) -> ThreadId {
        if panics {
            panic_any(Bomb);
        }
        thread::current().id()
    }

    let pool = explode::pool().threads(1).start().unwrap();
    let thread = wait(pool.dispatch(false).unwrap()).unwrap();
    pool.send(true).unwrap();
    let error = wait(pool.dispatch(true).unwrap()).unwrap_err();
    drop(error);
    assert_eq!(wait(pool.dispatch(false).unwrap()).unwrap(), thread);
    assert_eq!(pool.shutdown(Duration::MAX).panicked, 2);
}

#[test]
fn a_payload_of_a_batch_that_panics_when_dropped_is_an_error_for_every_handle() {
    #[traced_worker(batch = 8)]
    fn explode(rows: Vec<Option<Latch>>) -> usize {
        let panics = rows.len() > 1;
        rows.into_iter().flatten().for_each(|latch| latch.hold());
        if panics {
            panic_any(Bomb);
        }
        1
    }

    let pool = explode::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    let first = pool.dispatch(Some(latch)).unwrap();
    release.wait_until_held();
    let handles = pool.dispatch_all([None, None, None]).unwrap();
    release.release();
    wait(first).unwrap();
    for handle in handles {
        assert!(wait(handle).unwrap_err().is_panic());
    }
    assert_eq!(*wait(pool.dispatch(None).unwrap()).unwrap(), 1);
    assert_eq!(pool.shutdown(Duration::MAX).panicked, 3);
}

/// A message that does something when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send>>);

impl OnDrop {
    fn new(act: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(act)))
    }

    fn panicking() -> Self {
        Self::new(|| panic!("the drop of a message"))
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

#[traced_worker]
fn keep(message: (Option<Latch>, Option<OnDrop>)) {
    if let Some(latch) = message.0 {
        latch.hold();
    }
}

/// Returns a pool whose one thread is held.
fn held_keep(queue_capacity: usize) -> (Pool<keep>, Release) {
    let pool = keep::pool().threads(1).queue_capacity(queue_capacity);
    let pool = pool.start().unwrap();
    let (latch, release) = latch();
    pool.send((Some(latch), None)).unwrap();
    release.wait_until_held();
    (pool, release)
}

fn on_drop(act: impl FnOnce() + Send + 'static) -> (Option<Latch>, Option<OnDrop>) {
    (None, Some(OnDrop::new(act)))
}

#[test]
fn the_drop_of_an_abandoned_message_may_shut_its_pool_down() {
    let (pool, release) = held_keep(8);
    let (sender, reports) = crossbeam_channel::unbounded();
    for _ in 0..3 {
        let (pool_of_message, sender) = (pool.clone(), sender.clone());
        let message = on_drop(move || {
            let report = pool_of_message.shutdown(Duration::from_millis(10));
            sender.send(report).unwrap();
        });
        pool.send(message).unwrap();
    }
    let report = pool.shutdown(Duration::from_millis(20));
    assert_eq!((report.abandoned, report.running), (3, 1));
    for _ in 0..3 {
        let report = reports.recv_timeout(HANGS).expect("it ends");
        assert!(report.repeated);
    }
    release.release();
}

#[test]
fn the_drop_of_an_abandoned_message_may_dispatch_and_wait() {
    let (pool, release) = held_keep(8);
    let other = work::pool().threads(1).start().unwrap();
    let (sender, results) = crossbeam_channel::unbounded();
    let (own, other_of_message) = (pool.clone(), other.clone());
    let act = move || {
        let closed = own.send((None, None)).is_err();
        let called = other_of_message.call(None).is_ok();
        sender.send((closed, called)).unwrap();
    };
    pool.send(on_drop(act)).unwrap();
    assert_eq!(pool.shutdown(Duration::ZERO).abandoned, 1);
    assert_eq!(results.recv_timeout(HANGS), Ok((true, true)));
    release.release();
    other.shutdown(Duration::MAX);
}

#[test]
fn a_message_that_panics_when_it_is_dropped_without_a_run_costs_nothing_else() {
    let (pool, release) = held_keep(8);
    let bomb = || (None, Some(OnDrop::panicking()));
    let cancelled = pool.dispatch(bomb()).unwrap();
    assert!(cancelled.cancel());
    let abandoned = [(); 3].map(|()| pool.dispatch(bomb()).unwrap());
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!(
        (report.cancelled, report.abandoned, report.running),
        (1, 3, 1)
    );
    for handle in abandoned {
        assert!(wait(handle).unwrap_err().is_abandoned());
    }
    release.release();

    // The same on the pool's own thread.
    let (pool, release) = held_keep(8);
    let cancelled = pool.dispatch(bomb()).unwrap();
    assert!(cancelled.cancel());
    let next = pool.dispatch((None, None)).unwrap();
    release.release();
    wait(next).unwrap();
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.cancelled), (2, 1));
}

#[test]
fn a_pending_dispatch_whose_message_panics_in_drop_passes_its_place_on() {
    let (pool, release) = held_keep(1);
    pool.send((None, None)).unwrap();
    let mut first = pool.dispatch_async((None, Some(OnDrop::panicking())));
    let mut second = pool.dispatch_async((None, None));
    let wakeups = [Wakeups::new(), Wakeups::new()];
    assert!(wakeups[0].poll(&mut first).is_pending());
    assert!(wakeups[1].poll(&mut second).is_pending());
    release.release();
    wakeups[0].wait();
    assert!(catch_unwind(AssertUnwindSafe(|| drop(first))).is_err());
    wakeups[1].wait();
    wait(block_on(second).unwrap()).unwrap();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 3);
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A waker that owns its task, as those of many executors do.
struct OwnsTask(Mutex<Option<Task>>);

impl Wake for OwnsTask {
    fn wake(self: Arc<Self>) {}
}

impl OwnsTask {
    /// Polls the task with this waker, which is pending then, and gives both to the waker.
    fn spawn(mut task: Task) {
        let owner = Arc::new(Self(Mutex::default()));
        let waker = Waker::from(Arc::clone(&owner));
        let poll = task.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(matches!(poll, Poll::Pending));
        *owner.0.lock().unwrap() = Some(task);
    }
}

/// The last reference to the task is the waker that waits: dropping it drops the dispatch, which
/// gives up its place among those that wait.
#[test]
fn a_waker_that_owns_its_task_may_be_dropped_by_the_pool() {
    let (pool, release) = held_pool(1);
    pool.send(None).unwrap();
    for _ in 0..3 {
        let pool = pool.clone();
        OwnsTask::spawn(Box::pin(async move {
            let _ = pool.dispatch_async(None).await;
        }));
    }
    thread::scope(|scope| {
        let release = release;
        let blocked = spawn_blocked(scope, || pool.dispatch(None).unwrap());
        release.release();
        wait(join(blocked)).unwrap();
    });
    for _ in 0..10 {
        wait(pool.dispatch(None).unwrap()).unwrap();
    }
    assert!(pool.shutdown(Duration::MAX).is_clean());
}

#[test]
fn a_waker_that_owns_its_task_may_be_dropped_while_the_pool_closes() {
    let (pool, release) = held_pool(1);
    pool.send(None).unwrap();
    for _ in 0..3 {
        let pool = pool.clone();
        OwnsTask::spawn(Box::pin(async move {
            let _ = pool.dispatch_async(None).await;
        }));
    }
    let report = pool.shutdown(Duration::ZERO);
    assert_eq!((report.abandoned, report.running), (1, 1));
    release.release();
    wait_until(|| pool.stats().completed == 1);
}

#[test]
fn a_waker_that_owns_its_task_may_be_dropped_by_a_reply() {
    let (pool, release) = held_pool(8);
    let handle = pool.dispatch(None).unwrap();
    OwnsTask::spawn(Box::pin(async move {
        let _ = handle.await;
    }));
    let abandoned = pool.dispatch(None).unwrap();
    OwnsTask::spawn(Box::pin(async move {
        let _ = abandoned.await;
    }));
    release.release();
    wait(pool.dispatch(None).unwrap()).unwrap();
    assert_eq!(pool.shutdown(Duration::MAX).completed, 4);
}

#[test]
fn a_state_that_panics_when_it_is_made_again_fails_its_message_only() {
    #[traced_worker]
    fn count(#[state] calls: &mut u32, panics: bool) -> u32 {
        *calls += 1;
        assert!(!panics, "deliberate");
        *calls
    }

    let recorder = Recorder::new();
    let attempts = Mutex::new([true, false, true].into_iter());
    let pool = recorder.pool(count::pool(move || {
        let works = attempts.lock().unwrap().next().unwrap_or(true);
        assert!(works, "no state");
        0
    }));
    assert!(wait(pool.dispatch(true).unwrap()).unwrap_err().is_panic());
    let error = wait(pool.dispatch(false).unwrap()).unwrap_err();
    assert!(matches!(&error, JobError::State(reason) if reason.to_string() == "no state"));
    assert_eq!(wait(pool.dispatch(false).unwrap()).unwrap(), 1);
    let stats = pool.stats();
    assert_eq!(
        (stats.panicked, stats.abandoned, stats.completed),
        (1, 1, 1)
    );
}

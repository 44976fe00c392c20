//! Foreign code that calls back into the pool that calls it: it gets an answer, or an error, and
//! nothing hangs.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    SamplingDecision, SamplingResult, ShouldSample, Span, SpanData, SpanProcessor,
};
use traced_worker::{
    JobError, JoinHandle, Pool, Shutdown, ShutdownStep, StepErrorKind, traced_worker,
};
use traced_worker_tests::{HANGS, Latch, latch, provider_builder, wait_until};

/// A pool that its own foreign code knows.
type Own = Arc<OnceLock<Pool<work>>>;

/// Does something when it is dropped.
struct OnDrop(Option<Box<dyn FnOnce() + Send>>);

impl OnDrop {
    fn new(act: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(act)))
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(act) = self.0.take() {
            act();
        }
    }
}

#[derive(Default)]
struct Job {
    latch: Option<Latch>,
    on_drop: Option<OnDrop>,
}

#[traced_worker]
fn work(job: Job) -> u32 {
    if let Some(latch) = job.latch {
        latch.hold();
    }
    drop(job.on_drop);
    7
}

/// Runs `work` on a thread of its own, and fails if it hangs.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(HANGS).expect("it ends")
}

/// Calls the pool once it is known.
fn call(own: &Own, calls: &AtomicUsize) {
    if let Some(pool) = own.get() {
        calls.fetch_add(1, Ordering::SeqCst);
        match pool.dispatch(Job::default()).map(JoinHandle::wait) {
            Ok(Ok(7) | Err(JobError::WouldDeadlock)) | Err(_) => {}
            Ok(other) => panic!("{other:?}"),
        }
    }
}

fn start(own: &Own, pool: traced_worker::PoolBuilder<work>) -> Pool<work> {
    let pool = pool.threads(1).start().unwrap();
    assert!(own.set(pool.clone()).is_ok());
    pool
}

#[test]
fn the_drop_of_a_message_may_wait_for_its_own_pool() {
    let own = Own::default();
    let pool = start(&own, work::pool());
    let calls = Arc::new(AtomicUsize::new(0));
    let job = || {
        let (own, calls) = (Arc::clone(&own), Arc::clone(&calls));
        Job {
            latch: None,
            on_drop: Some(OnDrop::new(move || call(&own, &calls))),
        }
    };
    // Dropped by the worker, and on the pool's thread without a run.
    let (latch, release) = latch();
    let held = Job {
        latch: Some(latch),
        on_drop: None,
    };
    pool.send(held).unwrap();
    release.wait_until_held();
    let run = pool.dispatch(job()).unwrap();
    let cancelled = pool.dispatch(job()).unwrap();
    assert!(cancelled.cancel());
    release.release();
    assert_eq!(in_time(|| run.wait()).unwrap(), 7);
    wait_until(|| calls.load(Ordering::SeqCst) == 2);
    let report = in_time(move || pool.shutdown(Duration::MAX));
    assert_eq!((report.completed, report.cancelled), (4, 1));
}

/// A state whose `Drop` does something.
#[traced_worker]
fn stateful(#[state] _state: &mut OnDrop, panics: bool) {
    assert!(!panics, "deliberate");
}

#[test]
fn the_drop_of_a_state_may_panic_or_call_its_own_pool() {
    let own: Arc<OnceLock<Pool<stateful>>> = Arc::default();
    let drops = Arc::new(AtomicUsize::new(0));
    let make = {
        let (own, drops) = (Arc::clone(&own), Arc::clone(&drops));
        move || {
            let (own, drops) = (Arc::clone(&own), Arc::clone(&drops));
            OnDrop::new(move || {
                if let Some(pool) = own.get() {
                    // Another message, or an error once the pool is closed.
                    let _ = pool.send(false);
                    let error = pool.dispatch(false).map(JoinHandle::wait);
                    assert!(!matches!(error, Ok(Ok(()))), "its thread cannot run it");
                    assert!(pool.shutdown(Duration::ZERO).repeated);
                }
                drops.fetch_add(1, Ordering::SeqCst);
                panic!("the drop of a state");
            })
        }
    };
    let pool = stateful::pool(make).threads(1).start().unwrap();
    assert!(pool.dispatch(true).unwrap().wait().unwrap_err().is_panic());
    pool.dispatch(false).unwrap().wait().unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 1);
    assert!(own.set(pool.clone()).is_ok());
    let report = in_time(move || pool.shutdown(Duration::MAX));
    assert_eq!((report.completed, report.panicked), (1, 1));
    assert_eq!(drops.load(Ordering::SeqCst), 2);
}

#[test]
fn the_timeout_holds_although_the_drop_of_a_state_hangs() {
    let (release, held) = mpsc::channel::<()>();
    let held = std::sync::Mutex::new(Some(held));
    let pool = stateful::pool(move || {
        let held = held.lock().unwrap().take();
        OnDrop::new(move || {
            let _ = held.map(|held| held.recv());
        })
    });
    let pool = pool.threads(1).start().unwrap();
    pool.dispatch(false).unwrap().wait().unwrap();
    let report = in_time(move || pool.shutdown(Duration::from_millis(40)));
    assert_eq!((report.completed, report.running), (1, 0));
    drop(release);
}

/// Telemetry that waits for the pool whose spans it gets.
#[derive(Clone, Debug)]
struct Calls {
    place: Place,
    own: Own,
    number: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Sampler,
    OnStart,
    OnEnd,
}

impl Calls {
    fn call_at(&self, place: Place) {
        // Each of these messages has a span, too: the calls must end sometime.
        if self.place == place && self.number.load(Ordering::SeqCst) < 200 {
            call(&self.own, &self.number);
        }
    }
}

impl ShouldSample for Calls {
    fn should_sample(
        &self,
        _: Option<&OtelContext>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[opentelemetry::KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        self.call_at(Place::Sampler);
        SamplingResult {
            decision: SamplingDecision::RecordAndSample,
            attributes: Vec::new(),
            trace_state: TraceState::NONE,
        }
    }
}

impl SpanProcessor for Calls {
    fn on_start(&self, _: &mut Span, _: &OtelContext) {
        self.call_at(Place::OnStart);
    }

    fn on_end(&self, _: SpanData) {
        self.call_at(Place::OnEnd);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn telemetry_may_wait_for_the_pool_whose_spans_it_gets() {
    for place in [Place::Sampler, Place::OnStart, Place::OnEnd] {
        let calls = Calls {
            place,
            own: Own::default(),
            number: Arc::default(),
        };
        let provider = provider_builder()
            .with_sampler(calls.clone())
            .with_span_processor(calls.clone())
            .build();
        let pool = start(&calls.own, work::pool().tracer_provider(&provider));
        let handle = pool.dispatch(Job::default()).unwrap();
        assert_eq!(in_time(|| handle.wait()).unwrap(), 7, "{place:?}");
        let report = in_time(move || pool.shutdown(Duration::MAX));
        assert!(calls.number.load(Ordering::SeqCst) > 0, "{place:?}");
        assert!(
            report.is_clean() && report.panicked == 0,
            "{place:?}: {report}"
        );
    }
}

/// Calls its own pool when it is formatted.
struct Formatted(Own, Arc<AtomicUsize>);

impl fmt::Display for Formatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        call(&self.0, &self.1);
        f.write_str("formatted")
    }
}

#[traced_worker(fields(text = %value), ret(Display))]
fn format(value: Formatted) -> Formatted {
    value
}

#[test]
fn a_display_may_wait_for_a_pool() {
    let own = Own::default();
    let pool = start(&own, work::pool());
    let recorder = traced_worker_tests::Recorder::new();
    let format = recorder.pool(format::pool());
    let calls = Arc::<AtomicUsize>::default();
    let value = Formatted(Arc::clone(&own), Arc::clone(&calls));
    format.dispatch(value).unwrap().wait().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
    assert_eq!(pool.shutdown(Duration::MAX).completed, 2);
}

#[test]
fn an_iterator_may_use_the_pool_that_it_is_dispatched_to() {
    let own = Own::default();
    let pool = start(&own, work::pool().queue_capacity(1));
    let calls = AtomicUsize::new(0);
    let messages = (0..20).map(|number| {
        call(&own, &calls);
        if number == 10 {
            assert!(pool.shutdown(Duration::MAX).is_clean());
        }
        Job::default()
    });
    let error = pool.dispatch_all(messages).unwrap_err();
    assert_eq!((error.handles.len(), error.messages.len()), (10, 10));
    for handle in error.handles {
        assert_eq!(handle.wait().unwrap(), 7);
    }
}

/// A waker that calls its own pool, and panics, when it is dropped.
struct CallsWhenDropped(Own, Arc<AtomicUsize>);

impl Wake for CallsWhenDropped {
    fn wake(self: Arc<Self>) {}
}

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        call(&self.0, &self.1);
        panic!("the drop of a waker");
    }
}

#[test]
fn the_drop_of_a_waker_may_wait_for_its_own_pool_and_panic() {
    let own = Own::default();
    let pool = start(&own, work::pool());
    let calls = Arc::<AtomicUsize>::default();
    let (latch, release) = latch();
    let held = Job {
        latch: Some(latch),
        on_drop: None,
    };
    let mut handle = pool.dispatch(held).unwrap();
    release.wait_until_held();
    let waker = CallsWhenDropped(Arc::clone(&own), Arc::clone(&calls));
    let waker = Waker::from(Arc::new(waker));
    let poll = std::pin::Pin::new(&mut handle);
    assert!(Future::poll(poll, &mut Context::from_waker(&waker)).is_pending());
    // The handle has the last reference, which the pool's thread drops.
    drop(waker);
    release.release();
    assert_eq!(in_time(|| handle.wait()).unwrap(), 7);
    wait_until(|| calls.load(Ordering::SeqCst) == 1);
    let report = in_time(move || pool.shutdown(Duration::MAX));
    assert_eq!((report.completed, report.panicked), (2, 0));
}

#[test]
fn a_step_before_that_runs_the_shutdown_again_times_out_alone() {
    let cell: Arc<OnceLock<Shutdown>> = Arc::default();
    let own = Own::default();
    let pool = start(&own, work::pool());
    let handles = [(); 3].map(|()| pool.dispatch(Job::default()).unwrap());
    let again = Arc::clone(&cell);
    let shutdown = Shutdown::builder()
        .timeout(Duration::from_millis(200))
        .before(move |_| {
            let report = again.get().unwrap().run();
            assert!(report.repeated);
        })
        .pool(&pool)
        .build();
    assert!(cell.set(shutdown.clone()).is_ok());
    let report = in_time(move || shutdown.run());
    let errors: Vec<_> = report.errors.iter().map(|it| (it.step, &it.kind)).collect();
    assert_eq!(errors[0], (ShutdownStep::Before, &StepErrorKind::TimedOut));
    for handle in handles {
        let _ = in_time(|| handle.wait());
    }
}

#[test]
fn a_step_before_that_shuts_the_pool_down_does_so() {
    let own = Own::default();
    let pool = start(&own, work::pool());
    let before = pool.clone();
    let shutdown = Shutdown::builder()
        .timeout(HANGS)
        .before(move |left| assert!(before.shutdown(left).is_clean()))
        .pool(&pool)
        .build();
    let report = in_time(move || shutdown.run());
    assert!(report.errors.is_empty() && report.repeated, "{report}");
}

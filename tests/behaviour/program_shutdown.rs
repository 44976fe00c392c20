//! Shutdown of a program: its order, its timeout, its report, at bad moments.

use std::cell::RefCell;
use std::error::Error;
use std::future::Future as _;
use std::panic;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, OnceLock};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, InMemorySpanExporter};
use tokio::runtime::Builder;
use traced_worker::{
    DispatchError, JobError, Pool, Shutdown, ShutdownFuture, ShutdownReport, ShutdownStep,
    StepErrorKind, traced_worker,
};
use traced_worker_tests::{
    HANGS, Latch, Recorder, Wakeups, latch, provider_builder, rounds, wait_until,
};

/// No test takes that long, unless it hangs.
const LONG: Duration = Duration::from_secs(600);

enum Step {
    Nothing,
    Fail,
    Panic,
    Hold(Latch),
    /// Dispatches to the second pool.
    Forward(Pool<second>),
    /// Dispatches to its own pool.
    Again(Arc<OnceLock<Pool<first>>>),
    /// Shuts everything down.
    ShutDown(Arc<OnceLock<Shutdown>>),
}

#[traced_worker]
fn first(step: Step) -> Result<(), String> {
    match step {
        Step::Nothing => Ok(()),
        Step::Fail => Err("on purpose".into()),
        Step::Panic => panic::resume_unwind(Box::new("on purpose")),
        Step::Hold(latch) => {
            latch.hold();
            Ok(())
        }
        Step::Forward(pool) => pool.send(1).map_err(|error| error.to_string()),
        Step::Again(own) => {
            let own = own.get().ok_or("no pool")?;
            own.try_send(Step::Nothing)
                .map_err(|error| error.to_string())
        }
        Step::ShutDown(shutdown) => {
            let shutdown = shutdown.get().ok_or("no shutdown")?;
            let report = shutdown.run();
            (report.jobs.running == 1)
                .then_some(())
                .ok_or(report.to_string())
        }
    }
}

#[traced_worker]
fn second(number: u32) -> u32 {
    number
}

fn pool(recorder: &Recorder, threads: usize, queue: usize) -> Pool<first> {
    first::pool()
        .threads(threads)
        .queue_capacity(queue)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap()
}

fn accounted(report: &ShutdownReport) -> u64 {
    let jobs = report.jobs;
    jobs.completed + jobs.failed + jobs.panicked + jobs.cancelled + jobs.abandoned + jobs.running
}

#[test]
fn waiting_dispatchers_are_refused_and_accepted_messages_are_run() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 1);
    let shutdown = Shutdown::builder().timeout(LONG).pool(&pool).build();
    let (hold, release) = latch();
    pool.send(Step::Hold(hold)).unwrap();
    release.wait_until_held();
    pool.send(Step::Nothing).unwrap();
    // These certainly wait for room: they have been polled.
    let mut waiting: Vec<_> = (0..8)
        .map(|_| Box::pin(pool.dispatch_async(Step::Nothing)))
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    for dispatch in &mut waiting {
        assert!(dispatch.as_mut().poll(&mut context).is_pending());
    }
    // This one waits, or is about to.
    let blocked = {
        let pool = pool.clone();
        thread::spawn(move || matches!(pool.send(Step::Nothing), Err(DispatchError::Closed(_))))
    };
    let running = {
        let shutdown = shutdown.clone();
        thread::spawn(move || shutdown.run())
    };
    // The pool is closed while the worker is held and the queue is full.
    for dispatch in waiting {
        let result = pollster::block_on(dispatch);
        assert!(matches!(result, Err(DispatchError::Closed(_))));
    }
    assert!(blocked.join().unwrap());
    release.release();
    let report = running.join().unwrap();
    assert_eq!((report.jobs.completed, accounted(&report)), (2, 2));
    assert!(report.is_clean() && !report.repeated);
    assert_eq!(recorder.spans().len(), 2);
}

#[test]
fn a_panic_in_the_middle_is_counted() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 2, 64);
    for number in 0..60 {
        let step = match number % 3 {
            0 => Step::Panic,
            1 => Step::Fail,
            _ => Step::Nothing,
        };
        pool.send(step).unwrap();
    }
    let report = Shutdown::builder().timeout(LONG).pool(&pool).build().run();
    assert_eq!(
        (
            report.jobs.completed,
            report.jobs.failed,
            report.jobs.panicked,
            report.jobs.abandoned
        ),
        (20, 20, 20, 0)
    );
    assert_eq!(recorder.spans().len(), 60);
}

#[test]
fn a_worker_that_dispatches_to_its_own_closed_pool_gets_an_error() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    let own = Arc::new(OnceLock::new());
    assert!(own.set(pool.clone()).is_ok());
    let (hold, release) = latch();
    pool.send(Step::Hold(hold)).unwrap();
    release.wait_until_held();
    let early = pool.dispatch(Step::Again(own)).unwrap();
    let shutdown = Shutdown::builder().timeout(LONG).pool(&pool).build();
    let running = thread::spawn(move || shutdown.run());
    wait_until(|| pool.is_closed());
    release.release();
    let report = running.join().unwrap();
    assert!(
        early.wait().unwrap().is_err(),
        "the pool was closed by then"
    );
    assert_eq!(accounted(&report), recorder.spans().len() as u64);
    assert_eq!(report.jobs.abandoned, 0);
}

#[test]
fn a_worker_that_never_returns_is_left_at_the_deadline() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    let (hold, release) = latch();
    pool.send(Step::Hold(hold)).unwrap();
    release.wait_until_held();
    let abandoned = pool.dispatch(Step::Nothing).unwrap();
    let report = Shutdown::builder()
        .timeout(Duration::from_millis(50))
        .pool(&pool)
        .build()
        .run();
    assert_eq!(
        (
            report.jobs.running,
            report.jobs.abandoned,
            accounted(&report)
        ),
        (1, 1, 2)
    );
    assert!(matches!(abandoned.wait(), Err(JobError::Abandoned)));
    assert!(report.timed_out() && !report.is_clean());
    release.release();
}

#[test]
fn pools_that_feed_each_other_are_drained_in_their_order() {
    let recorder = Recorder::new();
    let first = pool(&recorder, 2, 64);
    let builder = second::pool().threads(2).queue_capacity(1);
    let second = builder.tracer_provider(recorder.provider()).start();
    let second = second.unwrap();
    for _ in 0..50 {
        first.send(Step::Forward(second.clone())).unwrap();
    }
    let shutdown = Shutdown::builder()
        .timeout(LONG)
        .pool(&first)
        .pool(&second)
        .build();
    let report = shutdown.run();
    // Each of the fifty was still taken by the second pool.
    assert_eq!(
        (
            report.jobs.completed,
            report.jobs.failed,
            report.jobs.abandoned
        ),
        (100, 0, 0)
    );
    assert_eq!(recorder.named("second").len(), 50);
}

#[test]
fn concurrent_calls_and_waiters_get_the_same_figures() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 2, 64);
    for _ in 0..40 {
        pool.send(Step::Nothing).unwrap();
    }
    let shutdown = Shutdown::builder().timeout(LONG).pool(&pool).build();
    let begin = Arc::new(Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let (shutdown, begin) = (shutdown.clone(), Arc::clone(&begin));
            thread::spawn(move || {
                begin.wait();
                if number < 2 {
                    shutdown.run()
                } else {
                    shutdown.wait()
                }
            })
        })
        .collect();
    let reports: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert!(reports.iter().all(|report| report.jobs.completed == 40));
    assert!(
        reports[0].repeated != reports[1].repeated,
        "one of them did it"
    );
    assert!(!reports[2].repeated && !reports[3].repeated);
    assert_eq!(shutdown.report(), Some(reports[2].clone()));
}

#[test]
fn a_worker_may_begin_the_shutdown_which_then_does_not_wait_for_it_for_ever() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 2, 8);
    let cell = Arc::new(OnceLock::new());
    let shutdown = Shutdown::builder()
        .timeout(Duration::from_millis(50))
        .pool(&pool)
        .build();
    assert!(cell.set(shutdown.clone()).is_ok());
    let handle = pool.dispatch(Step::ShutDown(cell)).unwrap();
    assert_eq!(handle.wait().unwrap(), Ok(()));
    assert_eq!(shutdown.wait().jobs.running, 1);
}

#[test]
fn it_runs_inside_tokio() {
    for runtime in [
        Builder::new_multi_thread().worker_threads(2).build(),
        Builder::new_current_thread().build(),
    ] {
        let runtime = runtime.unwrap();
        let recorder = Recorder::new();
        let pool = pool(&recorder, 1, 8);
        let shutdown = Shutdown::builder().timeout(LONG).pool(&pool).build();
        let (hold, release) = latch();
        pool.send(Step::Hold(hold)).unwrap();
        release.wait_until_held();
        let report = runtime.block_on(async {
            let finished = tokio::spawn(shutdown.run_async());
            // The runtime goes on while the pool is drained.
            tokio::spawn(async move { release.release() })
                .await
                .unwrap();
            finished.await.unwrap()
        });
        assert_eq!((report.jobs.completed, report.repeated), (1, false));
        // It may also block where it is called, as it does outside.
        assert!(runtime.block_on(async { shutdown.run() }).repeated);
    }
}

#[test]
fn dropping_the_future_does_not_stop_the_shutdown() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    let shutdown = Shutdown::builder().timeout(LONG).pool(&pool).build();
    pool.send(Step::Nothing).unwrap();
    drop(shutdown.run_async());
    assert_eq!(shutdown.wait().jobs.completed, 1);
}

/// The events, in their order.
#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<&'static str>>>);

impl Events {
    fn record(&self, event: &'static str) {
        self.0.lock().unwrap().push(event);
    }

    fn all(&self) -> Vec<&'static str> {
        self.0.lock().unwrap().clone()
    }
}

/// Ends when its pool is closed, and records whether the other one is, too.
#[traced_worker]
fn ends_with_its_pool(job: (Pool<ends_with_its_pool>, Pool<second>, Events)) {
    let (own, other, events) = job;
    wait_until(|| own.is_closed());
    events.record(if other.is_closed() {
        "the second pool is closed"
    } else {
        "the first pool is closed"
    });
}

#[test]
fn steps_run_in_their_order() {
    let events = Events::default();
    let first = ends_with_its_pool::pool().threads(1).start().unwrap();
    let second = second::pool().threads(1).start().unwrap();
    first
        .send((first.clone(), second.clone(), events.clone()))
        .unwrap();
    let record = |event| {
        let (events, pools) = (events.clone(), (first.clone(), second.clone()));
        move |_left: Duration| {
            let closed = [pools.0.is_closed(), pools.1.is_closed()];
            events.record(event);
            closed
        }
    };
    let open = |closed: [bool; 2]| assert_eq!(closed, [false; 2]);
    let closed = |closed: [bool; 2]| assert_eq!(closed, [true; 2]);
    // Added in another order than that in which the kinds run.
    let (then, last) = (record("then"), record("last"));
    let (before, more) = (record("before"), record("one more before"));
    let provider = record("provider");
    let shutdown = Shutdown::builder()
        .timeout(LONG)
        .then(move |left| closed(then(left)))
        .provider(move |left| {
            closed(provider(left));
            Ok::<_, String>(())
        })
        .pool(&first)
        .pool(&second)
        .before(move |left| open(before(left)))
        .before(move |left| open(more(left)))
        .then(move |left| closed(last(left)))
        .build();
    let report = shutdown.run();
    assert!(report.is_clean(), "{report}");
    assert_eq!(
        events.all(),
        [
            "before",
            "one more before",
            "the first pool is closed",
            "provider",
            "then",
            "last"
        ]
    );
}

#[test]
fn steps_get_the_time_that_is_left() {
    let lefts: [Arc<OnceLock<Duration>>; 3] = Default::default();
    let [before, provider, then] = lefts.clone();
    let report = Shutdown::builder()
        .timeout(Duration::from_secs(60))
        .before(move |left| before.set(left).unwrap())
        .provider(move |left| {
            provider.set(left).unwrap();
            Ok::<_, String>(())
        })
        .then(move |left| then.set(left).unwrap())
        .build()
        .run();
    assert!(report.is_clean());
    let [before, provider, then] = lefts.map(|left| *left.get().unwrap());
    // 5 seconds are kept for the provider.
    assert!(before <= Duration::from_secs(55) && before > Duration::ZERO);
    assert!(provider <= Duration::from_secs(60) && provider > Duration::from_secs(5));
    assert!(then <= provider);
}

fn errors(report: &ShutdownReport) -> Vec<(ShutdownStep, &StepErrorKind)> {
    let errors = report.errors.iter();
    errors.map(|error| (error.step, &error.kind)).collect()
}

#[test]
fn a_step_that_panics_or_fails_is_reported_and_the_next_ones_run() {
    let events = Events::default();
    let (after_before, after_provider) = (events.clone(), events.clone());
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    pool.send(Step::Nothing).unwrap();
    let shutdown = Shutdown::builder()
        .timeout(LONG)
        .before(|_| panic!("no front end"))
        .before(move |_| after_before.record("before"))
        .pool(&pool)
        .provider(|_| Err("no collector"))
        .then(|_| panic::panic_any(7))
        .then(move |_| after_provider.record("then"))
        .build();
    let report = shutdown.run();
    assert_eq!(events.all(), ["before", "then"]);
    assert_eq!(
        errors(&report),
        [
            (
                ShutdownStep::Before,
                &StepErrorKind::Panicked("no front end".to_owned())
            ),
            (
                ShutdownStep::Provider,
                &StepErrorKind::Failed("no collector".to_owned())
            ),
            (
                ShutdownStep::Then,
                &StepErrorKind::Panicked("a panic whose payload is not text".to_owned())
            ),
        ]
    );
    assert_eq!(
        report.to_string(),
        "1 completed, 0 failed, 0 panicked, 0 abandoned; a step before panicked: no front end; \
         a provider: no collector; a step after panicked: a panic whose payload is not text"
    );
    assert!(!report.is_clean() && !report.timed_out());
    assert_eq!(report.exit_code(), ExitCode::FAILURE);
}

#[test]
fn only_work_that_was_not_done_is_an_exit_code() {
    let provider = |_| Err("no collector");
    let report = Shutdown::builder().provider(provider).build().run();
    assert!(!report.is_clean());
    assert_eq!(report.exit_code(), ExitCode::SUCCESS);
    let report = Shutdown::builder().then(|_| panic!("deliberate")).build();
    assert_eq!(report.run().exit_code(), ExitCode::FAILURE);
    assert_eq!(
        Shutdown::builder().build().run().exit_code(),
        ExitCode::SUCCESS
    );
}

/// A step that hangs until the other end is dropped.
fn hang() -> (Receiver<()>, Sender<()>) {
    let (sender, receiver) = crossbeam_channel::bounded(0);
    (receiver, sender)
}

/// Short: it has to pass while something hangs.
const SHORT: Duration = Duration::from_millis(40);

/// Runs `work` and fails if it hangs.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(HANGS).unwrap()
}

fn run_in_time(shutdown: &Shutdown) -> ShutdownReport {
    let shutdown = shutdown.clone();
    in_time(move || shutdown.run())
}

#[test]
fn a_step_that_hangs_is_left_behind_and_the_next_ones_are_begun() {
    let (begun, steps) = crossbeam_channel::unbounded();
    let begin = |step: &'static str| {
        let begun = begun.clone();
        move || begun.send(step).unwrap()
    };
    let (held, release) = hang();
    let hang_in = move |begin: &dyn Fn()| {
        begin();
        let _ = held.recv();
    };
    let (hang_before, hang_provider, hang_then) = (hang_in.clone(), hang_in.clone(), hang_in);
    let (before, provider, then, last) = (
        begin("before"),
        begin("provider"),
        begin("then"),
        begin("last"),
    );
    let shutdown = Shutdown::builder()
        .timeout(SHORT)
        .before(move |_| hang_before(&before))
        .provider(move |_| {
            hang_provider(&provider);
            Ok::<_, String>(())
        })
        .then(move |_| hang_then(&then))
        .then(move |_| last())
        .build();
    let report = run_in_time(&shutdown);
    assert!(report.timed_out());
    let timed_out: Vec<_> = errors(&report)
        .into_iter()
        .map(|(step, kind)| {
            assert_eq!(kind, &StepErrorKind::TimedOut);
            step
        })
        .collect();
    let hung = [
        ShutdownStep::Before,
        ShutdownStep::Provider,
        ShutdownStep::Then,
    ];
    assert_eq!(timed_out[..3], hung);
    let mut all: Vec<_> = (0..4).map(|_| steps.recv_timeout(HANGS).unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, ["before", "last", "provider", "then"]);
    drop(release);
}

/// A message whose `Drop` hangs.
struct HangsWhenDropped(Receiver<()>);

impl Drop for HangsWhenDropped {
    fn drop(&mut self) {
        let _ = self.0.recv();
    }
}

#[traced_worker]
fn hold_and_drop(message: (Option<Latch>, Option<HangsWhenDropped>)) {
    if let Some(latch) = message.0 {
        latch.hold();
    }
}

/// A waker that hangs.
struct HangsWhenWoken(Receiver<()>);

impl Wake for HangsWhenWoken {
    fn wake(self: Arc<Self>) {
        let _ = self.0.recv();
    }
}

#[test]
fn the_timeout_holds_although_the_drop_of_an_abandoned_message_hangs() {
    let pool = hold_and_drop::pool().threads(1).start().unwrap();
    let (latch, worker) = latch();
    pool.send((Some(latch), None)).unwrap();
    worker.wait_until_held();
    let (held, release) = hang();
    let hangs = pool.dispatch((None, Some(HangsWhenDropped(held)))).unwrap();
    let next = pool.dispatch((None, None)).unwrap();
    let shutdown = Shutdown::builder().timeout(SHORT).pool(&pool).build();
    let report = run_in_time(&shutdown);
    assert_eq!((report.jobs.abandoned, report.jobs.running), (2, 1));
    assert!(report.timed_out());
    // The handles resolve although the message hangs.
    for handle in [hangs, next] {
        assert!(in_time(|| handle.wait()).unwrap_err().is_abandoned());
    }
    drop(release);
}

#[test]
fn the_timeout_holds_although_a_waker_of_an_abandoned_job_hangs() {
    let pool = hold_and_drop::pool().threads(1).start().unwrap();
    let (latch, worker) = latch();
    pool.send((Some(latch), None)).unwrap();
    worker.wait_until_held();
    let (held, release) = hang();
    let mut handle = pool.dispatch((None, None)).unwrap();
    let waker = Waker::from(Arc::new(HangsWhenWoken(held)));
    let poll = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    let report = run_in_time(&Shutdown::builder().timeout(SHORT).pool(&pool).build());
    assert_eq!((report.jobs.abandoned, report.jobs.running), (1, 1));
    wait_until(|| handle.is_finished());
    drop(release);
}

#[test]
fn the_timeout_holds_although_the_waker_of_a_pending_dispatch_hangs() {
    let pool = hold_and_drop::pool().threads(1).queue_capacity(1);
    let pool = pool.start().unwrap();
    let (latch, worker) = latch();
    pool.send((Some(latch), None)).unwrap();
    worker.wait_until_held();
    pool.send((None, None)).unwrap();
    let (held, release) = hang();
    let mut dispatch = pool.dispatch_async((None, None));
    let waker = Waker::from(Arc::new(HangsWhenWoken(held)));
    let poll = Pin::new(&mut dispatch).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    let report = run_in_time(&Shutdown::builder().timeout(SHORT).pool(&pool).build());
    assert_eq!((report.jobs.abandoned, report.jobs.running), (1, 1));
    drop(release);
}

#[test]
fn the_timeout_holds_although_a_destructor_of_a_workers_thread_hangs() {
    thread_local! {
        static HANGS: RefCell<Option<HangsWhenDropped>> = const { RefCell::new(None) };
    }

    #[traced_worker]
    fn set(held: Receiver<()>) {
        HANGS.set(Some(HangsWhenDropped(held)));
    }

    let pool = set::pool().threads(1).start().unwrap();
    let (held, release) = hang();
    pool.dispatch(held).unwrap().wait().unwrap();
    let report = run_in_time(&Shutdown::builder().timeout(SHORT).pool(&pool).build());
    assert_eq!((report.jobs.completed, report.jobs.running), (1, 0));
    assert!(report.jobs.is_clean());
    drop(release);
}

/// Polls the future, which is not ready, with a waker of its own.
fn poll_once(future: &mut ShutdownFuture, wakeups: &Arc<Wakeups>) {
    assert!(wakeups.poll(future).is_pending());
}

#[test]
fn every_future_is_woken_although_a_waker_panics() {
    let (held, release) = hang();
    let (begun, begins) = hang();
    let shutdown = Shutdown::builder()
        .timeout(LONG)
        .before(move |_| {
            drop(begins);
            let _ = held.recv();
        })
        .build();
    let mut futures = [(); 4].map(|()| shutdown.run_async());
    assert!(begun.recv().is_err(), "the shutdown has begun");
    let wakeups = [false, true, true, false].map(|panics| {
        if panics {
            Wakeups::panicking()
        } else {
            Wakeups::new()
        }
    });
    for (future, wakeups) in futures.iter_mut().zip(&wakeups) {
        poll_once(future, wakeups);
        poll_once(future, wakeups);
    }
    drop(release);
    wait_until(|| {
        let woken = wakeups.iter().map(|it| it.number());
        woken.collect::<Vec<_>>() == [1; 4]
    });
    for future in futures {
        assert!(pollster::block_on(future).is_clean());
    }
}

#[test]
fn the_timeout_holds_although_the_waker_of_a_future_hangs() {
    let (held_step, release_step) = hang();
    let (begun, begins) = hang();
    let shutdown = Shutdown::builder()
        .timeout(LONG)
        .before(move |_| {
            drop(begins);
            let _ = held_step.recv();
        })
        .build();
    let running = {
        let shutdown = shutdown.clone();
        thread::spawn(move || shutdown.run())
    };
    assert!(begun.recv().is_err());
    let mut future = shutdown.run_async();
    let (held, release) = hang();
    let waker = Waker::from(Arc::new(HangsWhenWoken(held)));
    let poll = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(poll.is_pending());
    drop(release_step);
    assert!(in_time(move || running.join().unwrap()).is_clean());
    drop(release);
}

#[test]
fn a_report_of_a_shutdown_that_was_done_is_repeated() {
    let recorder = Recorder::new();
    let pool = pool(&recorder, 1, 8);
    pool.send(Step::Nothing).unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let shutdown = Shutdown::builder()
        .timeout(LONG)
        .pool(&pool)
        .then(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build();
    assert_eq!(shutdown.report(), None);
    let first = shutdown.run();
    assert!(!first.repeated);
    assert_eq!(shutdown.report().as_ref(), Some(&first));
    assert_eq!(shutdown.wait(), first);
    let again = shutdown.run();
    assert!(again.repeated);
    assert_eq!(again.jobs, first.jobs);
    assert_eq!(
        again.to_string(),
        "1 completed, 0 failed, 0 panicked, 0 abandoned (was shut down before)"
    );
    assert_eq!(pollster::block_on(shutdown.run_async()).jobs, first.jobs);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    // Another shutdown of the same pool.
    let other = Shutdown::builder().pool(&pool).build().run();
    assert!(other.repeated);
    assert_eq!(other.jobs.completed, 1);
}

#[test]
fn a_provider_of_ones_own_gets_every_span() {
    const MESSAGES: usize = rounds(400);

    let exporter = InMemorySpanExporter::default();
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(1024)
        .with_max_export_batch_size(64)
        .build();
    let processor = BatchSpanProcessor::builder(exporter.clone())
        .with_batch_config(config)
        .build();
    let provider = provider_builder().with_span_processor(processor).build();
    let pool = second::pool()
        .threads(2)
        .queue_capacity(512)
        .tracer_provider(&provider)
        .start()
        .unwrap();
    for _ in 0..MESSAGES {
        pool.send(1).unwrap();
    }
    let (sender, exported) = crossbeam_channel::bounded(1);
    let report = Shutdown::builder()
        .timeout(LONG)
        .pool(&pool)
        .provider(move |left| -> Result<_, Box<dyn Error + Send + Sync>> {
            provider.force_flush()?;
            // The exporter forgets its spans when it is shut down.
            let exported = exporter.get_finished_spans()?;
            provider.shutdown_with_timeout(left)?;
            sender.send(exported.len()).map_err(Into::into)
        })
        .build()
        .run();
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.jobs.completed, MESSAGES as u64);
    assert_eq!(exported.try_recv(), Ok(MESSAGES));
}

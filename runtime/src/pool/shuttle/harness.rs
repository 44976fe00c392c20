//! Runs models under shuttle's schedulers, and holds what they are made of: workers, waits, counts.

use std::env;
use std::future::Future;
use std::ops::AddAssign;
use std::panic;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner, thread};

use crate::error::JobError;
use crate::handle::JoinHandle;
use crate::pool::{Pool, PoolBuilder, PoolReport, PoolStats, Shared, Threads};
use crate::span::autoref::Autoref;
use crate::span::failure::ByDisplay as _;
use crate::span::{Failure, Metadata, WorkerSpan};
use crate::sync::{Condvar, Mutex, lock};
use crate::worker::{ByAttribute, SyncWorker, Worker};

/// The schedules of each scheduler.
const SCHEDULES: usize = 10_000;

/// The preemptions of a schedule of the PCT scheduler, and one.
const PCT_DEPTH: usize = 3;

/// A file with the schedule to replay in place of all others.
const REPLAY: &str = "TRACED_WORKER_SCHEDULE";

/// Runs `model` under both schedulers; or once, under the schedule that is to be replayed.
pub(super) fn check(model: impl Fn() + Copy + Send + Sync + 'static) {
    if let Some(file) = env::var_os(REPLAY) {
        let scheduler = ReplayScheduler::new_from_file(file).expect("the file has a schedule");
        run(scheduler, model);
        return;
    }
    assert_eq!(run(RandomScheduler::new(SCHEDULES), model), SCHEDULES);
    assert_eq!(
        run(PctScheduler::new(PCT_DEPTH, SCHEDULES), model),
        SCHEDULES
    );
}

/// Returns the number of schedules that were run.
fn run(scheduler: impl Scheduler + 'static, model: impl Fn() + Send + Sync + 'static) -> usize {
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::File(Some(env::temp_dir()));
    config.max_steps = MaxSteps::FailAfter(100_000);
    // That all of its atomics are sequentially consistent: loom's models check weaker orders.
    config.silence_warnings = true;
    config.stack_size = 128 * 1024;
    Runner::new(scheduler, config).run(model)
}

/// A panic that no hook reports: shuttle's prints a schedule, as if the model had failed.
pub(super) fn panic_quietly() -> ! {
    panic::resume_unwind(Box::new("a panic of foreign code"))
}

pub(super) type Output = Result<u32, &'static str>;

/// The message of [`Run`].
pub(super) type Closure = Box<dyn FnOnce() -> Output + Send>;

/// A worker that calls its messages.
pub(super) struct Run;

impl ByAttribute for Run {}

impl Worker for Run {
    type Message = Closure;
    type Output = Output;
    type State = ();

    const METADATA: &'static Metadata = &Metadata::new("run", "run", file!(), line!());

    fn failure(output: &Output) -> Option<Failure<'_>> {
        failure(output)
    }
}

impl SyncWorker for Run {
    fn run(message: Closure, (): &mut (), _: &WorkerSpan<'_>) -> Output {
        message()
    }
}

/// The same with a state.
pub(super) struct RunWithState;

/// The state of [`RunWithState`].
pub(super) struct State;

impl ByAttribute for RunWithState {}

impl Worker for RunWithState {
    type Message = Closure;
    type Output = Output;
    type State = State;

    const METADATA: &'static Metadata = &Metadata::new("with state", "run", file!(), line!());

    fn failure(output: &Output) -> Option<Failure<'_>> {
        failure(output)
    }
}

impl SyncWorker for RunWithState {
    fn run(message: Closure, _: &mut State, _: &WorkerSpan<'_>) -> Output {
        message()
    }
}

/// The same for batches of two, which linger.
pub(super) struct RunBatch;

impl ByAttribute for RunBatch {}

impl Worker for RunBatch {
    type Message = Closure;
    type Output = Output;
    type State = ();

    const METADATA: &'static Metadata =
        &Metadata::new("batch", "run", file!(), line!()).with_batch(2, 1_000_000);

    fn failure(output: &Output) -> Option<Failure<'_>> {
        failure(output)
    }
}

impl SyncWorker for RunBatch {
    fn run(message: Closure, (): &mut (), _: &WorkerSpan<'_>) -> Output {
        message()
    }
}

fn failure(output: &Output) -> Option<Failure<'_>> {
    (&&&Autoref(output)).__failure()
}

pub(super) fn start<W: SyncWorker<State = ()>>(threads: usize, capacity: usize) -> Pool<W> {
    start_with(PoolBuilder::new(), threads, capacity)
}

pub(super) fn start_with<W: SyncWorker>(
    builder: PoolBuilder<W>,
    threads: usize,
    capacity: usize,
) -> Pool<W> {
    let builder = builder.threads(threads).queue_capacity(capacity);
    builder.start().expect("the states can be made")
}

/// Starts a pool on shared threads.
pub(super) fn start_on(threads: &Threads, capacity: usize) -> Pool<Run> {
    let builder = PoolBuilder::new().on(threads).queue_capacity(capacity);
    builder.start().expect("there are no states")
}

/// A message that returns `number`.
pub(super) fn returns(number: u32) -> Closure {
    Box::new(move || Ok(number))
}

/// A message that panics.
pub(super) fn panics() -> Closure {
    Box::new(|| panic_quietly())
}

pub(super) fn join<T>(thread: thread::JoinHandle<T>) -> T {
    thread.join().expect("no thread of a model panics")
}

/// The jobs of a pool, by how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) panicked: u64,
    pub(super) cancelled: u64,
    pub(super) abandoned: u64,
}

impl Ends {
    /// Waits for a job.
    pub(super) fn of(handle: JoinHandle<Output>) -> Self {
        Self::one(&handle.wait())
    }

    pub(super) fn one(result: &Result<Output, JobError>) -> Self {
        let mut ends = Self::default();
        *match result {
            Ok(Ok(_)) => &mut ends.completed,
            Ok(Err(_)) => &mut ends.failed,
            Err(JobError::Panicked(_)) => &mut ends.panicked,
            Err(JobError::Cancelled) => &mut ends.cancelled,
            Err(JobError::Abandoned | JobError::State(_)) => &mut ends.abandoned,
            Err(error) => panic!("{error}"),
        } = 1;
        ends
    }

    pub(super) fn total(self) -> u64 {
        self.completed + self.failed + self.panicked + self.cancelled + self.abandoned
    }
}

impl AddAssign for Ends {
    fn add_assign(&mut self, other: Self) {
        self.completed += other.completed;
        self.failed += other.failed;
        self.panicked += other.panicked;
        self.cancelled += other.cancelled;
        self.abandoned += other.abandoned;
    }
}

impl std::iter::Sum for Ends {
    fn sum<I: Iterator<Item = Self>>(ends: I) -> Self {
        ends.fold(Self::default(), |mut sum, ends| {
            sum += ends;
            sum
        })
    }
}

impl From<PoolStats> for Ends {
    fn from(stats: PoolStats) -> Self {
        Self {
            completed: stats.completed,
            failed: stats.failed,
            panicked: stats.panicked,
            cancelled: stats.cancelled,
            abandoned: stats.abandoned,
        }
    }
}

/// All messages of a report: those that were accepted.
pub(super) fn accepted(report: &PoolReport) -> u64 {
    report.completed
        + report.failed
        + report.panicked
        + report.cancelled
        + report.abandoned
        + report.running
}

/// Waits until the threads of a closed pool have ended, and returns the counts that are left: no job
/// is queued, none runs.
pub(super) fn settle<W: Worker>(shared: &Shared<W>) -> Ends {
    assert!(shared.threads.wait_until(0, None));
    let stats = shared.stats();
    assert_eq!((stats.queued, stats.running), (0, 0), "{stats}");
    stats.into()
}

/// A flag to wait for.
#[derive(Debug, Default)]
pub(super) struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub(super) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(super) fn open(&self) {
        *lock(&self.open) = true;
        self.opened.notify_all();
    }

    pub(super) fn wait(&self) {
        self.pass(false);
    }

    /// Waits for the gate, and closes it behind the caller.
    fn take(&self) {
        self.pass(true);
    }

    fn pass(&self, close: bool) {
        let mut open = lock(&self.open);
        while !*open {
            open = self.opened.wait(open).expect("locks are not poisoned");
        }
        *open = !close;
    }
}

impl Wake for Gate {
    fn wake(self: Arc<Self>) {
        self.open();
    }
}

/// A waker that wakes, and then panics.
struct PanickingWaker(Arc<Gate>);

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        self.0.open();
        panic_quietly();
    }
}

/// Polls `future` when it is woken.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let woken = Gate::new();
    drive(future, &woken, &Waker::from(Arc::clone(&woken)))
}

/// The same with wakers that panic.
pub(super) fn block_on_with_panics<F: Future>(future: F) -> F::Output {
    let woken = Gate::new();
    let waker = Waker::from(Arc::new(PanickingWaker(Arc::clone(&woken))));
    drive(future, &woken, &waker)
}

fn drive<F: Future>(future: F, woken: &Gate, waker: &Waker) -> F::Output {
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => woken.take(),
        }
    }
}

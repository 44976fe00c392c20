//! Workers that wait for their own pool.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::{Context, KeyValue};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use traced_worker::{
    CallError, DispatchError, JobError, JoinHandle, Pool, PoolReport, TryDispatchError,
    traced_worker,
};
use traced_worker_tests::{HANGS, Latch, Recorder, ThreadProbe, attribute, latch, wait_until};

#[traced_worker]
fn sum(pool: Pool<sum>, number: u64) -> u64 {
    match number {
        0 => 0,
        number => {
            number
                + pool
                    .dispatch((pool.clone(), number - 1))
                    .unwrap()
                    .wait()
                    .unwrap()
        }
    }
}

#[test]
fn a_worker_that_waits_for_its_own_pool_runs_queued_messages() {
    for threads in [1, 2, 4] {
        let pool = sum::pool()
            .threads(threads)
            .queue_capacity(4)
            .start()
            .unwrap();
        let total = pool.dispatch((pool.clone(), 40)).unwrap().wait().unwrap();
        assert_eq!(total, 820);
        assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 41);
    }
}

#[traced_worker]
fn fill(pool: Pool<fill>, number: u32) -> String {
    if number == 0 {
        for number in 1..=20 {
            pool.send((pool.clone(), number)).unwrap();
        }
    }
    Context::current()
        .baggage()
        .get("tenant")
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn a_worker_that_fills_its_own_queue_runs_queued_messages() {
    let pool = fill::pool().threads(1).queue_capacity(2).start().unwrap();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
    let handle = pool
        .with_context(&context)
        .dispatch((pool.clone(), 0))
        .unwrap();
    assert_eq!(handle.wait().unwrap(), "blue");
    assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 21);
}

enum Job {
    Hold(Latch),
    /// Waits for a message that another thread runs.
    WaitForOther(Latch, mpsc::Sender<ThreadProbe>),
}

#[traced_worker]
fn wait_for_other(pool: Pool<wait_for_other>, job: Job) {
    match job {
        Job::Hold(latch) => latch.hold(),
        Job::WaitForOther(latch, probe) => {
            let handle = pool.dispatch((pool.clone(), Job::Hold(latch))).unwrap();
            wait_until(|| pool.stats().running == 2);
            probe.send(ThreadProbe::current()).unwrap();
            handle.wait().unwrap();
        }
    }
}

#[test]
fn a_worker_that_waits_for_another_thread_of_its_pool_is_woken_by_the_reply() {
    let pool = wait_for_other::pool().threads(2).start().unwrap();
    let (hold, release) = latch();
    let (probe, thread) = mpsc::channel();
    let job = Job::WaitForOther(hold, probe);
    let handle = pool.dispatch((pool.clone(), job)).unwrap();
    release.wait_until_held();
    thread.recv().unwrap().wait_until_blocked();
    release.release();
    let woken = handle.wait_timeout(HANGS).expect("the thread is woken");
    woken.unwrap();
}

#[traced_worker]
fn give_up(pool: Pool<give_up>, is_first: bool) -> bool {
    if !is_first {
        return false;
    }
    while let Ok(()) = pool.try_send((pool.clone(), false)) {}
    pool.send_timeout((pool.clone(), false), Duration::ZERO)
        .is_err_and(|error| error.is_timeout())
}

#[test]
fn a_worker_that_waits_for_its_own_queue_gives_up_at_the_timeout() {
    let pool = give_up::pool()
        .threads(1)
        .queue_capacity(2)
        .start()
        .unwrap();
    let handle = pool.dispatch((pool.clone(), true)).unwrap();
    assert!(handle.wait().unwrap(), "no message is run meanwhile");
}

#[traced_worker]
fn compete(pool: Pool<compete>, times: u32) {
    for _ in 0..times {
        pool.send((pool.clone(), 0)).unwrap();
        let timely = pool.send_timeout((pool.clone(), 0), HANGS);
        timely.unwrap();
    }
}

#[test]
fn a_worker_that_fills_its_own_queue_competes_with_other_dispatchers() {
    let pool = compete::pool()
        .threads(1)
        .queue_capacity(2)
        .start()
        .unwrap();
    let handle = pool.dispatch((pool.clone(), 300)).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !handle.is_finished() {
                    let _ = pool.try_send((pool.clone(), 0));
                }
            });
        }
    });
    handle.wait().unwrap();
}

#[traced_worker]
fn stateful(#[state] _count: &mut u32, pool: Pool<stateful>, number: u32) -> String {
    if number == 0 {
        let error = pool
            .dispatch((pool.clone(), 1))
            .unwrap()
            .wait()
            .unwrap_err();
        assert!(matches!(error, JobError::WouldDeadlock));
        let error = loop {
            if let Err(error) = pool.send((pool.clone(), 2)) {
                break error;
            }
        };
        assert!(matches!(error, DispatchError::WouldDeadlock(_)));
        return error.to_string();
    }
    String::new()
}

#[test]
fn a_worker_with_a_state_gets_an_error_at_once() {
    let pool = stateful::pool(|| 0)
        .threads(1)
        .queue_capacity(2)
        .start()
        .unwrap();
    let text = pool.dispatch((pool.clone(), 0)).unwrap().wait().unwrap();
    assert!(text.contains("would wait for ever"), "{text}");
}

#[traced_worker]
fn deep(pool: Pool<deep>, number: u64) -> u64 {
    let Ok(handle) = pool.dispatch((pool.clone(), number + 1)) else {
        return number; // the pool is shut down
    };
    match handle.wait() {
        Ok(depth) => depth,
        Err(JobError::WouldDeadlock) => number,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_depth_is_limited() {
    let pool = deep::pool().threads(1).start().unwrap();
    let depth = pool.dispatch((pool.clone(), 0)).unwrap().wait().unwrap();
    assert_eq!(depth, 64);
    pool.shutdown(Duration::ZERO);
}

/// A handle that a worker gets after it was dispatched.
type LateHandle = Arc<Mutex<Option<JoinHandle<bool>>>>;

#[derive(Clone)]
enum Wait {
    /// Dispatches `ForHandle` and `Nothing`, and waits for both.
    ForOthers(Pool<wait_for>, LateHandle),
    /// Returns `true` if the wait would be for ever.
    ForHandle(LateHandle),
    Nothing,
}

#[traced_worker]
fn wait_for(what: Wait) -> bool {
    match what {
        Wait::ForOthers(pool, handle) => {
            wait_until(|| handle.lock().unwrap().is_some());
            let others = [Wait::ForHandle(handle), Wait::Nothing];
            let [inner, last] = others.map(|other| pool.dispatch(other).unwrap());
            // The inner one is run meanwhile.
            assert!(!last.wait().unwrap());
            inner.wait().unwrap()
        }
        Wait::ForHandle(handle) => {
            let handle = handle.lock().unwrap().take().unwrap();
            let handle = handle.wait_timeout(Duration::ZERO).unwrap_err();
            matches!(handle.wait(), Err(JobError::WouldDeadlock))
        }
        Wait::Nothing => false,
    }
}

#[test]
fn a_message_does_not_wait_for_the_one_that_it_is_run_inside_of() {
    let pool = wait_for::pool().threads(1).start().unwrap();
    let late = LateHandle::default();
    let outer = Wait::ForOthers(pool.clone(), Arc::clone(&late));
    let outer = pool.dispatch(outer).unwrap();
    *late.lock().unwrap() = Some(outer);
    wait_until(|| pool.stats().completed == 3);
}

#[traced_worker]
fn sum_in_time(pool: Pool<sum_in_time>, number: u64) -> u64 {
    if number == 0 {
        return 0;
    }
    let handle = pool.dispatch((pool.clone(), number - 1)).unwrap();
    number + handle.wait_timeout(HANGS).expect("it is run").unwrap()
}

#[test]
fn a_worker_that_waits_with_a_timeout_runs_queued_messages() {
    let pool = sum_in_time::pool().threads(1).start().unwrap();
    let total = pool.dispatch((pool.clone(), 10)).unwrap().wait().unwrap();
    assert_eq!(total, 55);
}

#[traced_worker]
fn wait_often(pool: Pool<wait_often>, times: u32) -> u32 {
    let wait = |_| {
        let handle = pool.dispatch((pool.clone(), 0)).unwrap();
        handle.wait().unwrap() + 1
    };
    (0..times).map(wait).sum()
}

#[test]
fn the_depth_counts_no_message_that_has_ended() {
    let pool = wait_often::pool().threads(1).start().unwrap();
    let waits = pool.dispatch((pool.clone(), 200)).unwrap().wait().unwrap();
    assert_eq!(waits, 200);
}

enum Step {
    Nothing,
    /// Fills the queue, and calls.
    Call,
    Hold(Latch),
    /// Waits for a reply with a short timeout.
    Wait,
    /// Fills the queue, and dispatches with a timeout.
    Fill(mpsc::Sender<ThreadProbe>),
}

#[traced_worker]
fn stateful_steps(#[state] _count: &mut u32, pool: Pool<stateful_steps>, step: Step) -> bool {
    let message = || (pool.clone(), Step::Nothing);
    match step {
        Step::Nothing => true,
        Step::Hold(latch) => {
            latch.hold();
            true
        }
        Step::Call => {
            while let Ok(()) = pool.try_send(message()) {}
            let called = pool.call(message());
            matches!(called, Err(CallError::WouldDeadlock(_)))
        }
        Step::Wait => {
            let handle = pool.dispatch(message()).unwrap();
            handle.wait_timeout(Duration::from_millis(1)).is_err()
        }
        Step::Fill(probe) => {
            while let Ok(()) = pool.try_send(message()) {}
            probe.send(ThreadProbe::current()).unwrap();
            pool.send_timeout(message(), HANGS).is_ok()
        }
    }
}

#[test]
fn a_worker_with_a_state_that_waits_with_a_timeout_gets_its_handle_back() {
    let pool = stateful_steps::pool(|| 0).threads(1).start().unwrap();
    let handle = pool.dispatch((pool.clone(), Step::Wait)).unwrap();
    assert!(handle.wait().unwrap());
}

#[test]
fn a_call_that_would_wait_for_ever_is_recorded_on_its_span() {
    let recorder = Recorder::new();
    let pool = recorder.pool(stateful_steps::pool(|| 0).queue_capacity(2));
    let handle = pool.dispatch((pool.clone(), Step::Call)).unwrap();
    assert!(handle.wait().unwrap());
    let error_type = recorder.only("call stateful_steps");
    let error_type = attribute(&error_type, "error.type").unwrap();
    assert_eq!(error_type.to_string(), "would_deadlock");
}

#[test]
fn a_worker_with_a_state_waits_for_another_thread_to_free_a_place() {
    let builder = stateful_steps::pool(|| 0).threads(2).queue_capacity(2);
    let pool = builder.start().unwrap();
    let (hold, release) = latch();
    pool.send((pool.clone(), Step::Hold(hold))).unwrap();
    release.wait_until_held();
    let (probe, thread) = mpsc::channel();
    let fill = pool.dispatch((pool.clone(), Step::Fill(probe))).unwrap();
    thread.recv().unwrap().wait_until_blocked();
    let full = pool.try_send((pool.clone(), Step::Nothing));
    assert!(matches!(full, Err(TryDispatchError::Full(_))));
    release.release();
    assert!(fill.wait().unwrap());
}

#[traced_worker]
fn end_own(pool: Pool<end_own>, barrier: Option<Arc<Barrier>>) -> Option<PoolReport> {
    let barrier = barrier?;
    barrier.wait();
    for _ in 0..3 {
        // The other one may have closed the pool.
        let _ = pool.send((pool.clone(), None));
    }
    Some(pool.shutdown(Duration::MAX))
}

/// Waits for the report of a worker that shut its own pool down.
fn report(handle: JoinHandle<Option<PoolReport>>) -> PoolReport {
    let Ok(report) = handle.wait_timeout(HANGS) else {
        panic!("it waits for itself");
    };
    report.unwrap().unwrap()
}

#[test]
fn a_worker_that_shuts_its_own_pool_down_does_not_wait_for_itself() {
    for threads in [1, 2, 4] {
        let pool = end_own::pool().threads(threads).start().unwrap();
        let begins = Some(Arc::new(Barrier::new(1)));
        let handle = pool.dispatch((pool.clone(), begins)).unwrap();
        let report = report(handle);
        assert_eq!(
            (report.completed, report.running, report.abandoned),
            (3, 1, 0)
        );
        assert!(!report.repeated);
        assert!(pool.shutdown(Duration::MAX).repeated);
    }
}

#[test]
fn workers_that_shut_their_own_pool_down_do_not_wait_for_each_other() {
    let pool = end_own::pool().threads(3).start().unwrap();
    let barrier = Arc::new(Barrier::new(3));
    let handles = [(); 3].map(|()| {
        let message = (pool.clone(), Some(Arc::clone(&barrier)));
        pool.dispatch(message).unwrap()
    });
    let reports = handles.map(report);
    let first = reports.iter().filter(|report| !report.repeated);
    assert_eq!(first.count(), 1);
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.abandoned), (0, 0));
}

#[traced_worker]
fn end_own_with_state(
    #[state] _count: &mut u32,
    pool: Pool<end_own_with_state>,
    begins: bool,
) -> Option<PoolReport> {
    begins.then(|| {
        pool.send((pool.clone(), false)).unwrap();
        pool.shutdown(Duration::MAX)
    })
}

#[test]
fn what_a_worker_with_a_state_cannot_run_is_abandoned() {
    let pool = end_own_with_state::pool(|| 0).threads(1).start().unwrap();
    let report = report(pool.dispatch((pool.clone(), true)).unwrap());
    assert_eq!((report.running, report.abandoned), (1, 1));
}

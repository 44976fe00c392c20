//! A pool as a value: clones, settings, counts, and what its types can do.

use std::collections::HashSet;
use std::error::Error;
use std::hash::Hash;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use traced_worker::{
    CallError, CallTimeoutError, Carrier, DispatchAllError, DispatchError, DispatchTimeoutError,
    Dispatcher, JobError, JoinHandle, Metadata, Panic, Pool, PoolBuilder, PoolReport, PoolStats,
    Shutdown, ShutdownBuilder, ShutdownFuture, ShutdownReport, ShutdownStep, SpanRelation,
    StartError, StepError, StepErrorKind, Traced, TryDispatchError, Worker as _, traced_worker,
};
use traced_worker_tests::{Latch, latch, rounds, wait_until};

#[traced_worker]
fn double(number: u64) -> u64 {
    number * 2
}

#[traced_worker]
fn held(latch: Latch) {
    latch.hold();
}

#[test]
fn a_pool_is_open_until_its_last_clone_is_dropped() {
    let pool = held::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    let clone = pool.clone();
    let handle = pool.dispatch(latch).unwrap();
    drop(pool);
    assert!(!clone.is_closed());
    let queued = clone.dispatch(self::latch().0).unwrap();
    release.wait_until_held();
    drop(clone);
    // What was accepted is run.
    release.release();
    handle.wait().unwrap();
    queued.wait().unwrap();
}

/// The thread of a pool ends when the pool is closed: its local is dropped.
#[test]
fn dropping_the_last_clone_ends_the_threads() {
    /// Its end is seen by the receiver.
    struct Ends {
        _sender: crossbeam_channel::Sender<()>,
    }

    #[traced_worker]
    fn stateful(#[state] _state: &mut Ends) {}

    let (sender, ended) = crossbeam_channel::bounded::<()>(0);
    let make = move || Ends {
        _sender: sender.clone(),
    };
    let pool = stateful::pool(make).threads(2).start().unwrap();
    let clones = [pool.clone(), pool.clone()];
    drop(pool);
    let empty = Err(crossbeam_channel::TryRecvError::Empty);
    assert_eq!(ended.try_recv(), empty, "the threads live");
    drop(clones);
    // Disconnects when the last state, and the closure that makes it, are dropped.
    let last = ended.recv_timeout(traced_worker_tests::HANGS);
    assert_eq!(last, Err(crossbeam_channel::RecvTimeoutError::Disconnected));
}

#[test]
fn a_shutdown_closes_every_clone() {
    let pool = double::pool().threads(1).start().unwrap();
    let clone = pool.clone();
    assert!(!pool.is_closed() && !clone.is_closed());
    pool.shutdown(Duration::MAX);
    assert!(pool.is_closed() && clone.is_closed());
    assert!(matches!(clone.send(1), Err(DispatchError::Closed(1))));
    assert!(clone.shutdown(Duration::MAX).repeated);
}

#[test]
fn a_pool_is_closed_from_the_beginning_of_its_shutdown() {
    let pool = held::pool().threads(1).start().unwrap();
    let (latch, release) = latch();
    pool.send(latch).unwrap();
    thread::scope(|scope| {
        let release = release;
        let shutdown = scope.spawn(|| pool.shutdown(Duration::MAX));
        wait_until(|| pool.is_closed());
        assert!(!shutdown.is_finished());
        release.release();
    });
}

#[test]
fn a_pool_has_the_threads_and_the_capacity_it_was_built_with() {
    for (threads, capacity) in [(1, 1), (3, 7)] {
        let builder = double::pool().threads(threads).queue_capacity(capacity);
        let pool = builder.start().unwrap();
        assert_eq!((pool.threads(), pool.capacity()), (threads, capacity));
    }
}

#[test]
fn huge_numbers_are_errors() {
    for threads in [16_385, usize::MAX] {
        let error = double::pool().threads(threads).start().unwrap_err();
        assert!(matches!(
            error,
            StartError::TooManyThreads { requested, limit: 16_384, .. } if requested == threads
        ));
    }
    for capacity in [(1 << 24) + 1, 1 << 40, usize::MAX] {
        let builder = double::pool().threads(1).queue_capacity(capacity);
        let error = builder.start().unwrap_err();
        assert!(matches!(
            error,
            StartError::QueueTooLong { requested, .. } if requested == capacity
        ));
        assert!(error.to_string().ends_with(&capacity.to_string()));
    }
    // As many bytes as there are addresses.
    let builder = double::pool().threads(1).stack_size(usize::MAX);
    assert!(catch_unwind(AssertUnwindSafe(|| builder.start().is_err())).unwrap());
}

#[test]
fn an_iterator_may_lie_about_its_length() {
    struct Lies(u64);

    impl Iterator for Lies {
        type Item = u64;

        fn next(&mut self) -> Option<u64> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }

    let pool = double::pool().threads(1).start().unwrap();
    let handles = pool.dispatch_all(Lies(3)).unwrap();
    let outputs: Vec<_> = handles.into_iter().map(|it| it.wait().unwrap()).collect();
    assert_eq!(outputs, [4, 2, 0]);
    pool.shutdown(Duration::MAX);
    let error = pool.dispatch_all(Lies(3)).unwrap_err();
    assert_eq!(error.messages, [2, 1, 0]);
}

#[test]
fn an_iterator_that_never_ends_ends_with_the_pool() {
    let pool = double::pool().threads(1).queue_capacity(4).start().unwrap();
    thread::scope(|scope| {
        let dispatcher = scope.spawn(|| {
            let closed = || !pool.is_closed();
            let numbers = iter::repeat(1).take_while(|_| closed());
            pool.dispatch_all(numbers)
        });
        wait_until(|| pool.stats().completed > 10);
        pool.shutdown(Duration::MAX);
        drop(dispatcher.join().unwrap());
    });
}

#[test]
fn messages_before_a_panic_of_the_iterator_are_run() {
    let pool = double::pool().threads(1).start().unwrap();
    let numbers = (0..5).inspect(|number| assert!(*number < 3, "deliberate"));
    let dispatched = catch_unwind(AssertUnwindSafe(|| pool.dispatch_all(numbers)));
    assert!(dispatched.is_err());
    assert_eq!(pool.dispatch(7).unwrap().wait().unwrap(), 14);
    let report = pool.shutdown(Duration::MAX);
    assert_eq!((report.completed, report.abandoned), (4, 0));
}

fn sum(stats: &PoolStats) -> u64 {
    stats.queued
        + stats.running
        + stats.completed
        + stats.failed
        + stats.panicked
        + stats.cancelled
        + stats.abandoned
}

#[test]
fn messages_that_linger_are_counted_as_running() {
    #[traced_worker(batch = 64, linger = "1000s")]
    fn lingers(rows: Vec<u64>) -> usize {
        rows.len()
    }

    let pool = lingers::pool().threads(1).start().unwrap();
    for number in 0..50 {
        pool.send(number).unwrap();
    }
    wait_until(|| {
        let stats = pool.stats();
        assert_eq!(sum(&stats), 50, "{stats}");
        stats.queued == 0
    });
    let stats = pool.stats();
    assert_eq!((stats.running, stats.completed), (50, 0), "{stats}");
    assert_eq!(pool.shutdown(Duration::MAX).completed, 50);
    assert_eq!(sum(&pool.stats()), 50);
}

#[test]
fn each_message_is_in_one_figure_at_each_instant() {
    let pool = double::pool()
        .threads(2)
        .queue_capacity(16)
        .start()
        .unwrap();
    let (begun, accepted) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    begun.fetch_add(1, Ordering::SeqCst);
                    if pool.send(1).is_err() {
                        return;
                    }
                    accepted.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        wait_until(|| pool.stats().completed > 0);
        for _ in 0..rounds(2_000) {
            let least = accepted.load(Ordering::SeqCst);
            let stats = pool.stats();
            let most = begun.load(Ordering::SeqCst);
            let sum = sum(&stats);
            assert!(
                (least..=most).contains(&sum),
                "{least} {sum} {most} {stats}"
            );
        }
        pool.shutdown(Duration::MAX);
    });
    assert_eq!(sum(&pool.stats()), accepted.into_inner());
}

#[test]
fn errors_are_values() {
    fn distinct<T: Hash + Eq>(values: impl IntoIterator<Item = T>) -> usize {
        values.into_iter().collect::<HashSet<_>>().len()
    }

    assert_eq!(distinct([1, 1, 2].map(DispatchError::Closed)), 2);
    assert_eq!(
        distinct([TryDispatchError::Full(1), TryDispatchError::Closed(1)]),
        2
    );
    let timeout = [
        DispatchTimeoutError::Timeout(1),
        DispatchTimeoutError::Closed(1),
    ];
    assert_eq!(distinct(timeout), 2);
    assert_eq!(
        distinct([SpanRelation::Child, SpanRelation::Link, SpanRelation::Root]),
        3
    );
    assert_eq!(distinct([PoolReport::default(), PoolReport::default()]), 1);
    assert_eq!(distinct([PoolStats::default(), PoolStats::default()]), 1);

    assert_eq!(DispatchError::Closed(7).into_message(), 7);
    assert_eq!(TryDispatchError::Full(7).into_message(), 7);
    assert_eq!(TryDispatchError::Closed(7).into_message(), 7);
    assert!(TryDispatchError::Full(7).is_full() && !TryDispatchError::Closed(7).is_full());
    assert_eq!(DispatchTimeoutError::Timeout(7).into_message(), 7);
    assert_eq!(DispatchTimeoutError::Closed(7).into_message(), 7);
    assert!(DispatchTimeoutError::Timeout(7).is_timeout());
}

#[test]
fn errors_that_have_a_message_show_none_of_it() {
    let secret = || "secret".to_owned();
    let pool = double::pool().threads(1).start().unwrap();
    let pending = || pool.dispatch(1).unwrap();
    let errors: [Box<dyn Error>; 9] = [
        Box::new(DispatchError::Closed(secret())),
        Box::new(TryDispatchError::Full(secret())),
        Box::new(TryDispatchError::Closed(secret())),
        Box::new(DispatchTimeoutError::Timeout(secret())),
        Box::new(DispatchTimeoutError::Closed(secret())),
        Box::new(CallError::Closed(secret())),
        Box::new(CallTimeoutError::<_, u64>::Full(secret())),
        Box::new(CallTimeoutError::<_, u64>::Closed(secret())),
        Box::new(CallTimeoutError::<String, _>::Pending(pending())),
    ];
    for error in errors {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("secret"), "{text}");
        assert!(error.source().is_none());
    }
}

#[test]
fn the_error_of_a_call_has_the_text_and_the_cause_of_its_job() {
    let state = || JobError::State("no connection".into());
    let errors: [Box<dyn Error>; 2] = [
        Box::new(CallError::<u64>::Job(state())),
        Box::new(CallTimeoutError::<u64, u64>::Job(state())),
    ];
    for error in errors {
        assert_eq!(error.to_string(), state().to_string());
        assert_eq!(error.source().unwrap().to_string(), "no connection");
    }
    let closed = CallError::Closed(1).to_string();
    assert_eq!(closed, DispatchError::Closed(1).to_string());
    let would_deadlock = CallError::WouldDeadlock(1).to_string();
    assert_eq!(would_deadlock, DispatchError::WouldDeadlock(1).to_string());
}

#[test]
fn debug_shows_what_a_value_is_of() {
    let pool = double::pool().threads(1).start().unwrap();
    let builder = format!("{:?}", double::pool().threads(3));
    assert!(builder.starts_with(r#"PoolBuilder { worker: "double", threads: Some(3), "#));
    let handle = pool.dispatch(1).unwrap();
    wait_until(|| handle.is_finished());
    assert_eq!(format!("{handle:?}"), "JoinHandle { is_finished: true }");
    let shown = format!("{pool:?}");
    assert!(shown.starts_with(r#"Pool { worker: "double", threads: 1, stats: PoolStats {"#));
    assert!(shown.contains("completed: 1,") && shown.ends_with(", .. }"));
    let view = format!("{:?}", pool.with_relation(SpanRelation::Link));
    let expected = r#"Dispatcher { worker: "double", relation: Some(Link), context: None }"#;
    assert_eq!(view, expected);
    pool.shutdown(Duration::MAX);
    let error = pool.dispatch_all([1, 2]).unwrap_err();
    assert_eq!(
        format!("{error:?}"),
        "DispatchAllError { reason: Closed(..), handles: 0, messages: 2 }"
    );
    let abandoned = format!("{:?}", CallError::<u64>::Job(JobError::Abandoned));
    assert_eq!(abandoned, "Job(Abandoned)");
    let would_deadlock = format!("{:?}", CallError::WouldDeadlock(1));
    assert_eq!(would_deadlock, "WouldDeadlock(..)");
    let full = format!("{:?}", CallTimeoutError::<_, u64>::Full(1));
    assert_eq!(full, "Full(..)");
    let text = error.to_string();
    let expected = format!(
        "{}: 0 messages were dispatched, 2 were not",
        DispatchError::Closed(())
    );
    assert_eq!(text, expected);
}

#[test]
fn a_panic_can_be_taken_out_of_its_error_and_nothing_else_can() {
    #[traced_worker]
    fn explode() {
        std::panic::panic_any(42_u64);
    }

    let pool = explode::pool().threads(1).start().unwrap();
    let error = pool.dispatch(()).unwrap().wait().unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled() && !error.is_abandoned());
    let payload = error.try_into_panic().unwrap();
    assert_eq!(payload.downcast_ref(), Some(&42_u64));
    let other = JobError::Abandoned.try_into_panic().unwrap_err();
    assert!(other.is_abandoned() && !other.is_panic());
    assert!(JobError::Cancelled.is_cancelled());
}

#[test]
fn metadata_is_that_of_the_attribute_and_the_source() {
    let metadata: &Metadata = double::METADATA;
    assert_eq!(metadata.name(), "double");
    assert_eq!(metadata.relation(), SpanRelation::Child);
    assert_eq!(metadata.caller_name(), None);
    assert!(metadata.file().ends_with("pools.rs"), "{}", metadata.file());
}

/// Compiles only if each public type can be moved to, and shared with, other threads.
const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_send<T: Send>() {}
    const fn is_error<T: Error + Send + Sync + 'static>() {}

    is_send_and_sync::<Pool<double>>();
    is_send_and_sync::<PoolBuilder<double>>();
    is_send_and_sync::<Dispatcher<'_, double>>();
    is_send_and_sync::<JoinHandle<u64>>();
    is_send_and_sync::<PoolReport>();
    is_send_and_sync::<PoolStats>();
    is_send_and_sync::<Metadata>();
    is_send_and_sync::<SpanRelation>();
    is_send_and_sync::<Carrier>();
    is_send_and_sync::<Traced<u64>>();
    is_send_and_sync::<Shutdown>();
    is_send_and_sync::<ShutdownFuture>();
    is_send_and_sync::<ShutdownReport>();
    is_send_and_sync::<ShutdownStep>();
    is_send_and_sync::<StepErrorKind>();
    is_send::<ShutdownBuilder>();
    is_error::<DispatchError<u64>>();
    is_error::<TryDispatchError<u64>>();
    is_error::<DispatchTimeoutError<u64>>();
    is_error::<DispatchAllError<u64, u64>>();
    is_error::<CallError<u64>>();
    is_error::<CallTimeoutError<u64, u64>>();
    is_error::<JobError>();
    is_error::<Panic>();
    is_error::<StartError>();
    is_error::<StepError>();
};

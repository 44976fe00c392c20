//! Which threads run, and whose turn it is.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use traced_worker::{StartError, Threads, traced_worker};
use traced_worker_tests::{Latch, Recorder, attribute, latch};

#[traced_worker]
fn meet(barrier: Arc<Barrier>) -> ThreadId {
    barrier.wait();
    thread::current().id()
}

#[test]
fn ten_pools_run_on_two_threads() {
    let threads = Threads::new(2).unwrap();
    let pools: Vec<_> = (0..10)
        .map(|_| meet::pool().on(&threads).start().unwrap())
        .collect();
    assert_eq!(pools[0].threads(), 2);
    let mut seen = HashSet::new();
    for round in 0..50 {
        // Two messages of two pools run at once.
        let barrier = Arc::new(Barrier::new(2));
        let first = pools[round % 10].dispatch(Arc::clone(&barrier)).unwrap();
        let second = pools[(round + 3) % 10].dispatch(barrier).unwrap();
        let ran_on = [first.wait().unwrap(), second.wait().unwrap()];
        assert_ne!(ran_on[0], ran_on[1]);
        seen.extend(ran_on);
    }
    assert_eq!(seen.len(), 2);
    for pool in pools {
        assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 10);
    }
}

#[traced_worker]
fn hold(latch: Latch) {
    latch.hold();
}

#[traced_worker]
fn count(counter: Arc<AtomicUsize>) -> usize {
    counter.fetch_add(1, Ordering::SeqCst)
}

#[traced_worker]
fn read(counter: Arc<AtomicUsize>) -> usize {
    counter.load(Ordering::SeqCst)
}

/// On one thread: another one could run any number of messages while this one is preempted.
#[test]
fn a_long_queue_does_not_keep_another_pool_waiting() {
    let threads = Threads::new(1).unwrap();
    let holding = hold::pool().on(&threads).start().unwrap();
    let long = count::pool()
        .on(&threads)
        .queue_capacity(10_000)
        .start()
        .unwrap();
    let short = read::pool().on(&threads).start().unwrap();
    // The thread is busy while the queues are filled.
    let (held, release) = latch();
    holding.send(held).unwrap();
    release.wait_until_held();
    let counter = Arc::new(AtomicUsize::new(0));
    for _ in 0..10_000 {
        long.send(Arc::clone(&counter)).unwrap();
    }
    let handle = short.dispatch(Arc::clone(&counter)).unwrap();
    drop(release);
    let before = handle.wait().unwrap();
    assert!(before <= 4, "{before} messages came first");
    assert_eq!(long.shutdown(Duration::from_secs(60)).completed, 10_000);
}

#[test]
fn a_message_that_comes_later_has_its_turn_soon() {
    let threads = Threads::new(1).unwrap();
    let long = count::pool()
        .on(&threads)
        .queue_capacity(10_000)
        .start()
        .unwrap();
    let short = hold_then_read::pool().on(&threads).start().unwrap();
    let counter = Arc::new(AtomicUsize::new(0));
    for _ in 0..20 {
        // The first message of the short queue holds the thread while the second one is sent.
        let (held, release) = latch();
        let first = short.dispatch((held, Arc::clone(&counter))).unwrap();
        release.wait_until_held();
        for _ in 0..200 {
            long.send(Arc::clone(&counter)).unwrap();
        }
        let (free, unheld) = latch();
        drop(unheld);
        let second = short.dispatch((free, Arc::clone(&counter))).unwrap();
        drop(release);
        let between = second.wait().unwrap() - first.wait().unwrap();
        assert!(between <= 3, "{between} messages came between");
    }
}

#[traced_worker]
fn hold_then_read(latch: Latch, counter: Arc<AtomicUsize>) -> usize {
    latch.hold();
    counter.load(Ordering::SeqCst)
}

#[traced_worker]
fn overlap(running: Arc<AtomicUsize>) -> usize {
    let now = running.fetch_add(1, Ordering::SeqCst) + 1;
    thread::yield_now();
    running.fetch_sub(1, Ordering::SeqCst);
    now
}

#[test]
fn the_number_of_messages_that_run_at_once_is_limited() {
    let threads = Threads::new(4).unwrap();
    let pool = overlap::pool().on(&threads).threads(1).start().unwrap();
    assert_eq!(pool.threads(), 1);
    let running = Arc::new(AtomicUsize::new(0));
    let handles = pool.dispatch_all((0..2000).map(|_| Arc::clone(&running)));
    for handle in handles.unwrap() {
        assert_eq!(handle.wait().unwrap(), 1);
    }
    // More than there are threads make no sense.
    let pool = overlap::pool().on(&threads).threads(9).start().unwrap();
    assert_eq!(pool.threads(), 4);
}

#[traced_worker]
fn add(#[state] total: &mut Box<u64>, number: u64) -> u64 {
    **total += number;
    **total
}

#[test]
fn a_state_moves_with_its_worker_between_threads() {
    let threads = Threads::new(3).unwrap();
    let pool = add::pool(Box::default)
        .on(&threads)
        .threads(1)
        .start()
        .unwrap();
    let handles = pool.dispatch_all((0..100).map(|_| 2)).unwrap();
    let last = handles.into_iter().last().unwrap();
    assert_eq!(last.wait().unwrap(), 200);
}

#[test]
fn a_state_that_cannot_be_made_is_an_error_of_the_start() {
    let threads = Threads::new(2).unwrap();
    let started = add::try_pool(|| Err("no state")).on(&threads).start();
    assert!(matches!(started, Err(StartError::State(_))));
    assert_eq!(threads.spawn(|| 7).unwrap().wait().unwrap(), 7);
}

#[traced_worker(batch = 8)]
fn sum(numbers: Vec<u64>) -> Vec<u64> {
    let total = numbers.iter().sum();
    vec![total; numbers.len()]
}

#[test]
fn batches_are_collected() {
    let recorder = Recorder::new();
    let threads = Threads::new(1).unwrap();
    let holding = hold::pool().on(&threads).start().unwrap();
    let pool = sum::pool()
        .on(&threads)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let (held, release) = latch();
    holding.send(held).unwrap();
    release.wait_until_held();
    let handles = pool.dispatch_all(1..=8).unwrap();
    drop(release);
    for handle in handles {
        assert_eq!(handle.wait().unwrap(), 36);
    }
    assert_eq!(pool.shutdown(Duration::from_secs(60)).completed, 8);
    assert_eq!(recorder.named("sum").len(), 1);
}

#[traced_worker(batch = 4, linger = "60s")]
fn lingering(numbers: Vec<u64>) -> Vec<u64> {
    let total = numbers.iter().sum();
    vec![total; numbers.len()]
}

#[test]
fn a_batch_lingers_until_it_is_full() {
    let threads = Threads::new(2).unwrap();
    let pool = lingering::pool().on(&threads).threads(1).start().unwrap();
    let handles = (1..=4).map(|number| pool.dispatch(number).unwrap());
    let handles: Vec<_> = handles.collect();
    for handle in handles {
        assert_eq!(handle.wait().unwrap(), 10);
    }
}

#[traced_worker]
fn whoami(names: Arc<Mutex<Vec<(String, String)>>>) {
    let current = thread::current();
    let id = format!("{:?}", current.id());
    let digits = id.chars().filter(char::is_ascii_digit).collect();
    let name = current.name().unwrap().to_owned();
    names.lock().unwrap().push((digits, name));
}

#[test]
fn a_span_has_the_thread_that_ran_its_message() {
    let recorder = Recorder::new();
    let threads = Threads::builder().threads(3).name("work").start().unwrap();
    let pool = whoami::pool()
        .on(&threads)
        .threads(1)
        .tracer_provider(recorder.provider())
        .start()
        .unwrap();
    let names = Arc::default();
    for _ in 0..200 {
        pool.dispatch(Arc::clone(&names)).unwrap().wait().unwrap();
    }
    pool.shutdown(Duration::from_secs(60));
    let spans = recorder.named("whoami");
    let seen = names.lock().unwrap();
    assert_eq!(spans.len(), seen.len());
    // One message runs at a time, so spans end in the order of the runs.
    for (span, (id, name)) in spans.iter().zip(&*seen) {
        assert!(name.starts_with("work-"), "{name}");
        assert_eq!(attribute(span, "thread.id").unwrap().to_string(), *id);
        assert_eq!(attribute(span, "thread.name").unwrap().to_string(), *name);
    }
}

//! Who is on the way is waited for, and nothing is counted twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::Traffic;

#[test]
fn what_was_taken_or_is_queued_was_accepted_and_what_was_refused_was_not() {
    let traffic = Traffic::new(2);
    for _ in 0..6 {
        traffic.enter();
    }
    traffic.refuse();
    traffic.take(0);
    traffic.take(1);
    traffic.take(1);
    assert_eq!(traffic.settle(|| 2), 5);
}

#[test]
fn the_one_on_the_way_is_waited_for() {
    let traffic = Traffic::new(1);
    let queued = AtomicUsize::new(0);
    let (looked, looks) = sync_channel(0);
    let accepted = thread::scope(|scope| {
        traffic.enter();
        let settled = scope.spawn(|| {
            traffic.settle(|| {
                let _ = looked.try_send(());
                queued.load(Ordering::SeqCst)
            })
        });
        // It has looked once and again, in vain.
        for _ in 0..3 {
            looks.recv().expect("it looks until it is settled");
            assert!(!settled.is_finished());
        }
        queued.store(1, Ordering::SeqCst);
        settled.join().expect("no panic")
    });
    assert_eq!(accepted, 1);
}

#[test]
fn dispatchers_on_many_threads_are_all_counted() {
    let traffic = Traffic::new(1);
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                for number in 0..1000 {
                    traffic.enter();
                    if number % 4 == 0 {
                        traffic.refuse();
                    }
                }
            });
        }
    });
    assert_eq!(traffic.settle(|| 15_000), 15_000);
}

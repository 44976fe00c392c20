//! Tests of permits that are acquired, waited for and released.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::Semaphore;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn without_a_timeout_acquire_does_not_wait() {
    let semaphore = Semaphore::new(2, Duration::ZERO);
    assert!(semaphore.acquire() && semaphore.acquire());
    assert!(!semaphore.acquire());
    semaphore.release(1);
    assert!(semaphore.acquire() && !semaphore.acquire());
}

#[test]
fn with_a_timeout_acquire_waits_for_a_release() {
    let semaphore = Arc::new(Semaphore::new(1, LONG));
    assert!(semaphore.acquire());
    let (done, acquired) = sync_channel(4);
    for _ in 0..3 {
        let (semaphore, done) = (Arc::clone(&semaphore), done.clone());
        thread::spawn(move || done.send(semaphore.acquire()));
    }
    for _ in 0..3 {
        assert!(acquired.try_recv().is_err(), "there is no permit");
        semaphore.release(1);
        assert_eq!(acquired.recv(), Ok(true));
    }
}

#[test]
fn after_a_timeout_no_thread_waits_until_a_permit_is_released() {
    let semaphore = Semaphore::new(1, Duration::from_millis(20));
    assert!(semaphore.acquire() && !semaphore.acquire());
    assert!(semaphore.lock().stuck);
    // If each call waited, this would take an hour.
    for _ in 0..180_000 {
        assert!(!semaphore.acquire());
    }
    semaphore.release(1);
    assert!(!semaphore.lock().stuck && semaphore.acquire());
}

#[test]
fn closing_wakes_waiters() {
    let semaphore = Arc::new(Semaphore::new(1, Duration::MAX));
    assert!(semaphore.acquire());
    let waiting = Arc::clone(&semaphore);
    let thread = thread::spawn(move || waiting.acquire());
    semaphore.close();
    assert!(!thread.join().expect("no panic"));
    assert!(!semaphore.acquire());
}

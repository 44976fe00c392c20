//! The tasks that run the jobs of a pool, for handles that cancel one while it runs.
//!
//! A handle knows the pool of its job and the worker that has begun it, and finds the waker of that
//! worker's task here. So it is a cancellation that looks for a waker; a job does not leave one for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::reentrant::PoolId;

/// The wakers of one pool, by the index of the worker.
type Wakers = Box<[Mutex<Option<Arc<Waker>>>]>;

/// The wakers of the pools of tasks that exist.
static POOLS: Mutex<BTreeMap<PoolId, Arc<Wakers>>> = Mutex::new(BTreeMap::new());

/// The wakers of a pool's tasks. Handles find them until this is dropped.
#[derive(Debug)]
pub(crate) struct TaskWakers {
    pool: PoolId,
    wakers: Arc<Wakers>,
}

impl TaskWakers {
    pub(crate) fn new(pool: PoolId, workers: usize) -> Self {
        let wakers: Arc<Wakers> = Arc::new((0..workers).map(|_| Mutex::default()).collect());
        lock(&POOLS).insert(pool, Arc::clone(&wakers));
        Self { pool, wakers }
    }

    /// Sets the waker of a worker's task. It must look once more whether its jobs were cancelled
    /// after this, before it waits.
    pub(crate) fn set(&self, worker: usize, waker: Waker) {
        let before = lock(&self.wakers[worker]).replace(Arc::new(waker));
        // Foreign code.
        drop(before);
    }
}

impl Drop for TaskWakers {
    fn drop(&mut self) {
        let removed = lock(&POOLS).remove(&self.pool);
        drop(removed);
    }
}

/// Wakes the task that is a worker of `pool`, if there is one.
pub(super) fn wake(pool: PoolId, worker: usize) {
    let wakers = lock(&POOLS).get(&pool).cloned();
    let waker = wakers.and_then(|wakers| lock(wakers.get(worker)?).clone());
    if let Some(waker) = waker {
        waker.wake_by_ref();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

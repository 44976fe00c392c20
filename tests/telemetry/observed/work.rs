//! The pool that is observed, and who dispatches to it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use traced_worker::{Pool, StartError, traced_worker};

/// Most messages do nothing; every so often one fails, panics, or dispatches to its own pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message {
    Number(u64),
    Hang,
}

#[traced_worker]
pub(crate) fn observed(message: Message) -> io::Result<()> {
    match message {
        Message::Hang => loop {
            thread::park();
        },
        Message::Number(number) if number.is_multiple_of(97) => {
            Err(io::Error::other("told to fail"))
        }
        Message::Number(number) if number.is_multiple_of(101) => panic!("told to panic"),
        Message::Number(number) if number.is_multiple_of(103) => {
            if let Some((pool, accepted)) = OWN.get()
                && pool.try_send(Message::Number(number + 1)).is_ok()
            {
                accepted.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }
        Message::Number(_) => Ok(()),
    }
}

/// What the worker dispatches to, and where it counts that.
static OWN: OnceLock<(Arc<Pool<observed>>, Arc<AtomicU64>)> = OnceLock::new();

pub(crate) struct Work {
    pool: Arc<Pool<observed>>,
    accepted: Arc<AtomicU64>,
    dispatchers: Mutex<Vec<JoinHandle<()>>>,
}

impl Work {
    pub(crate) fn start() -> Result<Self, StartError> {
        let threads = std::env::var("OBSERVED_THREADS").ok();
        let threads = threads.and_then(|it| it.parse().ok()).unwrap_or(2);
        let pool = Arc::new(observed::pool().threads(threads).queue(64).start()?);
        let accepted = Arc::new(AtomicU64::new(0));
        let _ = OWN.set((Arc::clone(&pool), Arc::clone(&accepted)));
        Ok(Self {
            pool,
            accepted,
            dispatchers: Mutex::default(),
        })
    }

    pub(crate) fn pool(&self) -> &Arc<Pool<observed>> {
        &self.pool
    }

    /// Dispatches so many messages that do nothing, waits for them, and says how many it were.
    pub(crate) fn run(&self, messages: u64) -> usize {
        let handles: Vec<_> = (0..messages)
            .filter_map(|_| self.pool.dispatch(Message::Number(1)).ok())
            .collect();
        self.accepted
            .fetch_add(handles.len() as u64, Ordering::Relaxed);
        handles
            .into_iter()
            .filter_map(|handle| handle.wait().ok())
            .count()
    }

    pub(crate) fn hang(&self) {
        if self.pool.send(Message::Hang).is_ok() {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        }
        while self.pool.stats().running == 0 {
            thread::yield_now();
        }
    }

    /// More threads dispatch than the pool has places, until it is closed.
    pub(crate) fn load(&self, threads: u64) {
        let dispatchers = (0..threads).map(|thread| {
            let (pool, accepted) = (Arc::clone(&self.pool), Arc::clone(&self.accepted));
            thread::spawn(move || {
                for number in (thread..).step_by(7) {
                    if pool.send(Message::Number(number)).is_err() {
                        return;
                    }
                    accepted.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        self.lock().extend(dispatchers);
    }

    /// How many messages were accepted; asked when the pool is closed.
    pub(crate) fn accepted(&self) -> u64 {
        for dispatcher in self.lock().drain(..) {
            let _ = dispatcher.join();
        }
        self.accepted.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.dispatchers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

//! The pool of the test program, and the threads that dispatch to it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};
use traced_worker::{Pool, StartError, traced_worker};

/// Most messages do nothing; every so often one fails, panics, or dispatches to its own pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Message {
    Number(u64),
    Hang,
}

#[traced_worker]
pub(crate) fn tested(message: Message) -> io::Result<()> {
    match message {
        Message::Hang => loop {
            thread::park();
        },
        Message::Number(number) if number.is_multiple_of(97) => {
            Err(io::Error::other("fails on purpose"))
        }
        Message::Number(number) if number.is_multiple_of(101) => panic!("panics on purpose"),
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

/// The pool that the worker dispatches to, and the counter of that.
static OWN: OnceLock<(Pool<tested>, Arc<AtomicU64>)> = OnceLock::new();

pub(crate) struct Work {
    pool: Pool<tested>,
    accepted: Arc<AtomicU64>,
    dispatchers: Mutex<Vec<JoinHandle<()>>>,
    /// The context of a root span that is open.
    open: Mutex<Option<Context>>,
}

impl Work {
    pub(crate) fn start() -> Result<Self, StartError> {
        let threads = std::env::var("TEST_PROGRAM_THREADS").ok();
        let threads = threads.and_then(|it| it.parse().ok()).unwrap_or(2);
        let pool = tested::pool().threads(threads).queue_capacity(64).start()?;
        let accepted = Arc::new(AtomicU64::new(0));
        let _ = OWN.set((pool.clone(), Arc::clone(&accepted)));
        Ok(Self {
            pool,
            accepted,
            dispatchers: Mutex::default(),
            open: Mutex::default(),
        })
    }

    pub(crate) fn pool(&self) -> &Pool<tested> {
        &self.pool
    }

    /// Dispatches messages that do nothing, waits for them, and returns how many were run.
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

    /// Opens a root span, and runs a message under it.
    pub(crate) fn open(&self) {
        let span = global::tracer("test").start("process_data");
        let context = Context::new().with_span(span);
        let pool = self.pool.with_context(&context);
        if let Ok(handle) = pool.dispatch(Message::Number(1)) {
            self.accepted.fetch_add(1, Ordering::Relaxed);
            let _ = handle.wait();
        }
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = Some(context);
    }

    /// Ends that span once the pool is closed.
    pub(crate) fn end(&self) {
        while !self.pool.is_closed() {
            thread::yield_now();
        }
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }

    pub(crate) fn hang(&self) {
        if self.pool.send(Message::Hang).is_ok() {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        }
        while self.pool.stats().running == 0 {
            thread::yield_now();
        }
    }

    /// Dispatches on this many threads until the pool is closed.
    pub(crate) fn load(&self, threads: u64) {
        let dispatchers = (0..threads).map(|thread| {
            let (pool, accepted) = (self.pool.clone(), Arc::clone(&self.accepted));
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

    /// Returns the number of accepted messages. The pool must be closed.
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

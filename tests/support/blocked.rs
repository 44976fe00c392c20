//! Waiting until another thread is blocked.
//!
//! A test of a blocking call must not go on before the call really waits, or it passes without
//! having tested anything. The library does not expose who waits, but the kernel does: on Linux a
//! thread is taken to be blocked when `/proc` shows it asleep, and shows no context switch, in
//! [`SAMPLES`] reads in a row. A thread that sleeps for another reason for that long, on a lock of
//! the allocator say, makes the test weaker, never wrong.
//!
//! Elsewhere the thread is given [`GRACE`] to get there. Under Miri, which runs one thread at a time
//! and has no `/proc` of its own, it gets [`TURNS`].

use std::sync::mpsc;
use std::thread::{self, Scope, ScopedJoinHandle};

/// Reads of a thread's state that must agree.
#[cfg(all(target_os = "linux", not(miri)))]
const SAMPLES: u32 = 30;

/// The time to reach a blocking call where the state of a thread cannot be read.
#[cfg(not(any(target_os = "linux", miri)))]
const GRACE: std::time::Duration = std::time::Duration::from_millis(100);

/// The turns that Miri gives to the other threads.
#[cfg(miri)]
const TURNS: u32 = 2000;

/// Names a thread, so that another one can wait until it is blocked.
#[derive(Clone, Debug)]
pub struct ThreadProbe {
    #[cfg(all(target_os = "linux", not(miri)))]
    status: std::path::PathBuf,
}

impl ThreadProbe {
    /// Returns a probe of the calling thread.
    ///
    /// # Panics
    ///
    /// If `/proc` is not mounted.
    #[must_use]
    pub fn current() -> Self {
        Self {
            #[cfg(all(target_os = "linux", not(miri)))]
            status: std::path::Path::new("/proc")
                .join(std::fs::read_link("/proc/thread-self").expect("/proc is mounted"))
                .join("status"),
        }
    }

    /// Waits until the thread is blocked.
    ///
    /// # Panics
    ///
    /// If the thread ends instead.
    #[cfg(all(target_os = "linux", not(miri)))]
    pub fn wait_until_blocked(&self) {
        let mut last = None;
        let mut agreeing = 0;
        while agreeing < SAMPLES {
            let status = std::fs::read_to_string(&self.status)
                .expect("the thread blocks, and does not end before");
            let asleep = asleep_since(&status);
            agreeing = if asleep.is_some() && asleep == last {
                agreeing + 1
            } else {
                0
            };
            last = asleep;
            thread::yield_now();
        }
    }

    /// Waits until the thread is blocked.
    #[cfg(not(any(target_os = "linux", miri)))]
    pub fn wait_until_blocked(&self) {
        thread::sleep(GRACE);
    }

    /// Waits until the thread is blocked.
    #[cfg(miri)]
    pub fn wait_until_blocked(&self) {
        (0..TURNS).for_each(|_| thread::yield_now());
    }
}

/// The number of context switches of a thread that is asleep.
#[cfg(all(target_os = "linux", not(miri)))]
fn asleep_since(status: &str) -> Option<u64> {
    let field = |name| status.lines().find_map(|line| line.strip_prefix(name));
    let state = field("State:")?.trim_start();
    let switches = field("voluntary_ctxt_switches:")?.trim();
    state.starts_with('S').then(|| switches.parse().ok())?
}

/// Spawns a thread that does `work`, and returns once that thread is blocked.
///
/// # Panics
///
/// If `work` ends without having blocked.
pub fn spawn_blocked<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> ScopedJoinHandle<'scope, T> {
    let (sender, receiver) = mpsc::channel();
    let thread = scope.spawn(move || {
        // Never blocks: the channel is unbounded.
        let _ = sender.send(ThreadProbe::current());
        work()
    });
    receiver
        .recv()
        .expect("the thread sends its probe")
        .wait_until_blocked();
    thread
}

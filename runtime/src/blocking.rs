//! Warns of a wait that blocks a task of a Tokio runtime, and with it the thread that would run others.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use opentelemetry::otel_warn;
use tokio::runtime::Handle;
use tokio::task::coop;

/// Warns, once in a process, if the calling thread polls a task. Called before a thread is blocked.
pub(crate) fn warn_in_task() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if WARNED.load(Ordering::Relaxed) || Handle::try_current().is_err() || !polls_task() {
        return;
    }
    if !WARNED.swap(true, Ordering::Relaxed) {
        otel_warn!(
            name: "Pool.BlockedTask",
            message = "a call to a pool blocks a task of a Tokio runtime, which runs no other task meanwhile: `.await` the handle, and use `dispatch_async`, `send_async`, `call_async` or `Shutdown::run_async`; or block inside of `spawn_blocking` or `block_in_place`"
        );
    }
}

/// Returns whether the calling thread polls a future of a runtime: of a task, or of `block_on`.
///
/// A runtime gives each poll a budget, and none where blocking is right: in `spawn_blocking` and
/// `block_in_place`. Only whether the budget is used up can be seen, so it is used up, and given back.
fn polls_task() -> bool {
    /// Far more than the budget of a poll, which is 128.
    const MAX: usize = 1024;
    let mut cx = Context::from_waker(Waker::noop());
    if !coop::has_budget_remaining() {
        return true;
    }
    // Gives the budget back when it is dropped.
    let Poll::Ready(_restore) = coop::poll_proceed(&mut cx) else {
        return true;
    };
    for _ in 0..MAX {
        if !coop::has_budget_remaining() {
            return true;
        }
        if let Poll::Ready(used) = coop::poll_proceed(&mut cx) {
            used.made_progress();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;
    use tokio::task::{self, coop};

    use super::polls_task;

    #[test]
    fn a_poll_is_recognised_and_its_budget_given_back() {
        assert!(!polls_task());
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            let runtime = builder.build().expect("a runtime");
            let _entered = runtime.enter();
            assert!(!polls_task(), "inside of `enter`");
            runtime.block_on(async {
                assert!(polls_task(), "in `block_on`");
                let in_task = task::spawn(async {
                    let polls = polls_task();
                    (polls, coop::has_budget_remaining(), polls_task())
                });
                assert_eq!(in_task.await.ok(), Some((true, true, true)));
                let blocking = task::spawn_blocking(polls_task);
                assert_eq!(blocking.await.ok(), Some(false));
            });
        }
    }
}

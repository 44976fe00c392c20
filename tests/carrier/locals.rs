//! Destructors of thread-locals, which may run after OpenTelemetry's own local is gone.

use std::cell::RefCell;
use std::sync::mpsc;

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::{Context, KeyValue};
use traced_worker::{Carrier, Traced, channel};

type AtEnd = RefCell<Option<Box<dyn FnOnce()>>>;

/// Runs its closure when the thread's locals are dropped.
struct Local(AtEnd);

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(at_end) = self.0.take() {
            at_end();
        }
    }
}

thread_local! {
    static LOCAL: Local = const { Local(RefCell::new(None)) };
}

/// Runs `work` on a thread, and `at_end` in a destructor there; the local that has the destructor
/// is made before `work` or after it.
fn check(is_first: bool, work: fn()) {
    let (sender, receiver) = channel::unbounded();
    let (done, finished) = mpsc::channel();
    let set_local = move || {
        let at_end = move || {
            drop(Carrier::current().extract());
            sender.send(7).unwrap();
            sender.try_send(Traced::new(8).into_message()).unwrap();
            done.send(Traced::new(9).run(|number| number + 1)).unwrap();
        };
        LOCAL.with(|local| *local.0.borrow_mut() = Some(Box::new(at_end)));
    };
    std::thread::spawn(move || {
        if is_first {
            set_local();
            work();
        } else {
            work();
            set_local();
        }
    })
    .join()
    .unwrap();
    assert_eq!(finished.recv(), Ok(10));
    let sent: Vec<i32> = receiver.iter().map(Traced::into_message).collect();
    assert_eq!(sent, [7, 8]);
}

#[test]
fn a_carrier_is_injected_and_extracted_in_any_order_of_destructors() {
    let works: [fn(); 4] = [
        || {},
        || drop(Context::current()),
        || drop(Carrier::current()),
        || {
            // A guard that is leaked keeps its context to the end.
            let context = Context::new().with_baggage([KeyValue::new("tenant", "blue")]);
            std::mem::forget(context.attach());
        },
    ];
    for is_first in [true, false] {
        for work in works {
            check(is_first, work);
        }
    }
}

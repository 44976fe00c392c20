//! A child process goes on with the trace of its parent.

use std::process::Command;

use opentelemetry::trace::{TraceContextExt as _, TraceFlags};
use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _};
use traced_worker::{Carrier, bind};
use traced_worker_tests::local_context;

const CHILD: &str = "TRACED_WORKER_TEST_CHILD";

/// The name of the test, for the child process.
const NAME: &str = "child_process::a_child_process_runs_under_the_context_of_its_parent";

#[test]
fn a_child_process_runs_under_the_context_of_its_parent() {
    if std::env::var_os(CHILD).is_some() {
        return Carrier::from_env().run(|| {
            let thread = std::thread::spawn(bind(|| {
                let context = Context::current();
                let span = context.span();
                let span_context = span.span_context();
                println!(
                    "seen {} {} {:?} {} {:?}",
                    span_context.trace_id(),
                    span_context.span_id(),
                    span_context.trace_flags(),
                    span_context.is_remote(),
                    context.baggage().get("tenant").map(ToString::to_string)
                );
            }));
            thread.join().unwrap();
        });
    }
    let ids = "00000000000000000000000000004bf9 000000000000f067";
    for (flags, text) in [
        (TraceFlags::SAMPLED, "TraceFlags(1)"),
        (TraceFlags::NOT_SAMPLED, "TraceFlags(0)"),
    ] {
        let context = local_context(0x4bf9, 0xf067, flags);
        let context = context.with_baggage([KeyValue::new("tenant", "blue")]);
        assert_child_sees(context, &format!("seen {ids} {text} true Some(\"blue\")"));
    }
    let none = "00000000000000000000000000000000 0000000000000000 TraceFlags(0) false None";
    assert_child_sees(Context::new(), &format!("seen {none}"));
}

#[track_caller]
fn assert_child_sees(context: Context, expected: &str) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([NAME, "--exact", "--nocapture"])
        .env(CHILD, "");
    {
        let _guard = context.attach();
        Carrier::current().apply_to(&mut command);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains(expected), "{text}");
}

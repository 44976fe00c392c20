//! Tests of warnings in OpenTelemetry's internal log.

use opentelemetry::global;
use opentelemetry::trace::Tracer as _;
use traced_worker::telemetry;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::role::{Role, stderr};

/// A subscriber that prints the fields of one event on stderr.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "Telemetry.Warning"
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Print);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Print;

impl Visit for Print {
    fn record_str(&mut self, field: &Field, value: &str) {
        eprintln!("{}: {value}", field.name());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        eprintln!("{}: {value:?}", field.name());
    }
}

/// The side of the child process: drops the telemetry while a span is open, if `is_open`.
pub(crate) fn drop_telemetry(is_open: bool, logs: bool) {
    if logs {
        tracing::subscriber::set_global_default(Log).expect("the first one");
    }
    let telemetry = telemetry::init().expect("telemetry");
    let span = global::tracer("test").start("span");
    let _open = is_open.then_some(span);
    drop(telemetry);
}

#[test]
fn dropped_telemetry_warns_of_lost_spans() {
    for (role, start) in [
        (Role::DropOpen, "message: telemetry was dropped"),
        (
            Role::DropOpenUnheard,
            "traced-worker-telemetry: telemetry was dropped",
        ),
    ] {
        let text = stderr(role, &[]);
        assert!(text.contains(start), "{text}");
        assert!(text.contains("Call `shutdown` at the end"), "{text}");
        let counts = "0 ended, 0 exported, 0 dropped, 1 still open";
        assert!(text.contains(counts), "{text}");
        assert_eq!(text.matches("telemetry was dropped").count(), 1, "{text}");
    }
}

#[test]
fn dropped_telemetry_without_lost_spans_does_not_warn() {
    let text = stderr(Role::DropEnded, &[]);
    assert!(text.contains(", 1 span\n"), "{text}");
    assert_eq!(text.lines().count(), 3, "{text}");
}

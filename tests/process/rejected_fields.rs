//! Rejected fields are counted by reason, and a warning is logged once for each.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Mutex;

use opentelemetry::Context;
use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::propagation::Injector as _;
use traced_worker::{Carrier, RejectedFields};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// The reasons that were warned of.
static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Log;

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.name() == "Carrier.Rejected"
    }

    fn event(&self, event: &Event<'_>) {
        // As a log bridge does: it looks at the current context, and attaches one.
        let _guard = Context::current().attach();
        event.record(&mut Reason);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Reason;

impl Visit for Reason {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "reason" {
            WARNINGS.lock().unwrap().push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

fn counted(work: impl Fn(), reason: &str) -> RejectedFields {
    WARNINGS.lock().unwrap().clear();
    let before = Carrier::rejected_fields();
    work();
    let warnings = std::mem::take(&mut *WARNINGS.lock().unwrap());
    assert_eq!(
        warnings.len(),
        1,
        "one warning for each reason: {warnings:?}"
    );
    work();
    assert!(WARNINGS.lock().unwrap().is_empty(), "only for the first");
    assert!(warnings[0].contains(reason), "{warnings:?}");
    assert_ne!(before, Carrier::rejected_fields());
    Carrier::rejected_fields()
}

fn read(headers: &[(&str, &str)]) {
    drop(Carrier::from_headers(headers.iter().copied()));
}

#[test]
fn every_reason_has_its_counter_and_its_warning() {
    tracing::subscriber::set_global_default(Log).unwrap();
    let good = (
        "traceparent",
        "00-12345678901234567890123456789012-1234567890123456-01",
    );
    read(&[good, ("tracestate", "a=1"), ("baggage", "a=1")]);
    read(&[]);
    assert_eq!(
        Carrier::rejected_fields(),
        RejectedFields::default(),
        "nothing was rejected"
    );

    let after = counted(|| read(&[("traceparent", "bad")]), "malformed traceparent");
    assert_eq!(after.malformed_traceparent, 2);
    let after = counted(|| read(&[good, good]), "more than one traceparent");
    assert_eq!(after.repeated_traceparent, 2);
    let after = counted(|| read(&[good, ("tracestate", "BAD")]), "tracestate");
    assert_eq!(after.malformed_tracestate, 2);
    let after = counted(
        || read(&[("baggage", "bad,worse,a=1")]),
        "malformed baggage",
    );
    assert_eq!(after.malformed_baggage, 4);
    let huge = format!("a={}", "v".repeat(8192));
    let after = counted(|| read(&[("baggage", &huge)]), "over 8192 bytes");
    assert_eq!(after.oversize_baggage, 2);
    let many: Vec<String> = (0..70).map(|at| format!("k{at}=v")).collect();
    let after = counted(
        || read(&[("baggage", &many.join(","))]),
        "64 baggage members",
    );
    assert_eq!(after.too_many_members, 12);
    let set = || Carrier::new().set("x-huge", "x".repeat(9000));
    let after = counted(set, "custom propagator");
    assert_eq!(after.oversize_custom_fields, 2);
    let set = || Carrier::new().set("x-mine", "a\r\nSet-Cookie: evil=1".to_owned());
    let after = counted(set, "no legal header");
    assert_eq!(after.malformed_custom_field, 2);
    let deserialize = || drop(serde_json::from_str::<Carrier>("7").unwrap());
    let after = counted(deserialize, "no map of header fields");
    assert_eq!(after.malformed_trace_context, 2);

    // A field of a serialized carrier that is no text is a malformed field.
    let before = Carrier::rejected_fields();
    let fields = r#"{"traceparent": 5, "tracestate": [], "baggage": {}, "x-other": true}"#;
    drop(serde_json::from_str::<Carrier>(fields).unwrap());
    drop(serde_json::from_str::<Carrier>(r#"{"traceparent": null, "baggage": null}"#).unwrap());
    drop(serde_json::from_str::<Carrier>("null").unwrap());
    let after = Carrier::rejected_fields();
    assert_eq!(
        after.malformed_traceparent,
        before.malformed_traceparent + 1
    );
    assert_eq!(after.malformed_baggage, before.malformed_baggage + 1);
    assert_eq!(
        after.malformed_trace_context,
        before.malformed_trace_context
    );

    what_does_not_fit_is_counted_at_dispatch();
}

fn what_does_not_fit_is_counted_at_dispatch() {
    let mut baggage = Baggage::new();
    baggage.insert("huge", "é".repeat(3000));
    baggage.insert("small", "1");
    let _guard = Context::new().with_baggage(baggage).attach();
    let before = Carrier::rejected_fields().oversize_baggage;
    let carrier = Carrier::current();
    assert_eq!(Carrier::rejected_fields().oversize_baggage, before + 1);
    assert_eq!(
        carrier.headers().iter().collect::<Vec<_>>(),
        [("baggage", "small=1")]
    );
}

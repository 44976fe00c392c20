//! The spans of a parent and of its child process are one trace.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use traced_worker_tests::receiver::Receiver;

#[test]
fn the_childs_spans_are_under_the_parents() {
    let receiver = Receiver::start(200);
    let output = Command::new(env!("CARGO_BIN_EXE_child_process"))
        .env_clear()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url(""))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(output.stdout, b"the sum is 14\n");

    let mut services: Vec<_> = receiver
        .requests()
        .iter()
        .map(|request| request.resource()["service.name"].clone())
        .collect();
    services.sort();
    assert_eq!(services, ["child", "parent"]);

    let spans = receiver.received();
    let named = |name: &str| {
        spans
            .iter()
            .filter(|it| it.name == name)
            .collect::<Vec<_>>()
    };
    let (parent, child) = (named("parent")[0], named("child")[0]);
    assert_eq!(parent.parent_span_id, [0; 0]);
    assert_eq!(child.parent_span_id, parent.span_id);
    let workers = named("square");
    assert_eq!((workers.len(), spans.len()), (3, 5));
    for worker in workers {
        assert_eq!(worker.parent_span_id, child.span_id);
    }
    assert!(spans.iter().all(|it| it.trace_id == parent.trace_id));
}

#[test]
fn without_a_collector_both_draw_the_same_trace() {
    let output = Command::new(env!("CARGO_BIN_EXE_child_process"))
        .env_clear()
        .output()
        .unwrap();
    let waterfall = String::from_utf8_lossy(&output.stderr);
    let ids: Vec<_> = waterfall
        .lines()
        .filter_map(|line| line.strip_prefix("trace ")?.split(':').next())
        .collect();
    assert_eq!(ids.len(), 2, "{waterfall}");
    assert_eq!(ids[0], ids[1], "{waterfall}");
}

//! Tests of the printed report.

use super::{FlushError, SpanCounts, TelemetryReport};

#[test]
fn a_report_is_one_line() {
    let mut report = TelemetryReport {
        spans: SpanCounts {
            ended: 9,
            exported: 9,
            ..SpanCounts::default()
        },
        ..TelemetryReport::default()
    };
    assert_eq!(report.to_string(), "9 ended, 9 exported, 0 dropped");
    report.flush_error = Some(FlushError::Failed("HTTP 400".into()));
    report.repeated = true;
    assert_eq!(
        report.to_string(),
        "9 ended, 9 exported, 0 dropped; spans were lost: HTTP 400 (was shut down before)"
    );
}

#[test]
fn each_loss_alone_is_not_clean() {
    let is_clean = |change: fn(&mut TelemetryReport)| {
        let mut report = TelemetryReport::default();
        change(&mut report);
        report.is_clean()
    };
    assert!(is_clean(|report| report.repeated = true));
    assert!(!is_clean(|report| report.spans.dropped = 1));
    assert!(!is_clean(|report| report.spans.open = 1));
    assert!(!is_clean(|report| {
        report.flush_error = Some(FlushError::AlreadyShutdown);
    }));
}

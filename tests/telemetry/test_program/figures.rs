//! The report in a form that a program reads.

use traced_worker::ShutdownReport;

pub(crate) fn line(accepted: u64, report: &ShutdownReport) -> String {
    let (jobs, spans) = (report.jobs, report.spans.unwrap_or_default());
    let figures = [
        ("accepted", accepted),
        ("completed", jobs.completed),
        ("failed", jobs.failed),
        ("panicked", jobs.panicked),
        ("cancelled", jobs.cancelled),
        ("abandoned", jobs.abandoned),
        ("running", jobs.running),
        ("ended", spans.ended),
        ("exported", spans.exported),
        ("dropped", spans.dropped),
        ("queue_full", spans.dropped_queue_full),
        ("export_failed", spans.dropped_export_failed),
        ("at_shutdown", spans.dropped_at_shutdown),
        ("open", spans.open),
    ];
    let pairs = figures.map(|(name, value)| format!("{name}={value}"));
    format!("figures {}", pairs.join(" "))
}

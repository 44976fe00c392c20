//! The report for a reader that is a program.

use traced_worker::telemetry::ShutdownReport;

pub(crate) fn line(accepted: u64, report: &ShutdownReport) -> String {
    let spans = report.spans;
    let figures = [
        ("accepted", accepted),
        ("completed", report.completed),
        ("failed", report.failed),
        ("panicked", report.panicked),
        ("abandoned", report.abandoned),
        ("running", report.running),
        ("ended", spans.ended),
        ("exported", spans.exported),
        ("dropped", spans.dropped),
        ("no_room", spans.no_room),
        ("not_delivered", spans.failed),
        ("unsent", spans.unsent),
        ("open", spans.open),
    ];
    let pairs = figures.map(|(name, value)| format!("{name}={value}"));
    format!("figures {}", pairs.join(" "))
}

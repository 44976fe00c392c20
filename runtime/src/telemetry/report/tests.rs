//! One readable line.

use super::{FlushError, ShutdownReport, Spans};

#[test]
fn a_clean_shutdown_is_short() {
    let report = ShutdownReport {
        completed: 7,
        failed: 1,
        spans: Spans {
            ended: 9,
            exported: 9,
            ..Spans::default()
        },
        ..ShutdownReport::default()
    };
    assert!(report.is_clean());
    assert_eq!(
        report.to_string(),
        "7 completed, 1 failed, 0 panicked, 0 abandoned; spans: 9 ended, 9 exported, 0 dropped"
    );
}

#[test]
fn what_was_lost_is_said_with_its_reasons() {
    let report = ShutdownReport {
        completed: 1,
        panicked: 2,
        abandoned: 3,
        running: 4,
        timed_out: true,
        spans: Spans {
            ended: 20,
            exported: 10,
            dropped: 10,
            no_room: 5,
            failed: 4,
            unsent: 1,
            open: 6,
            ..Spans::default()
        },
        flush_error: Some(FlushError::Failed("HTTP 400".into())),
        repeated: true,
        ..ShutdownReport::default()
    };
    assert!(!report.is_clean());
    assert_eq!(
        report.to_string(),
        "1 completed, 0 failed, 2 panicked, 3 abandoned, 4 still running (the time was up); \
         spans: 20 ended, 10 exported, 10 dropped (5 found no room, 4 failed to export, \
         1 not sent in time), 6 still open; spans were lost: HTTP 400 (was shut down before)"
    );
}

#[test]
fn a_program_fails_where_the_deadline_cut_it_short() {
    let report = |abandoned, running, in_time, repeated| {
        let mut jobs = crate::pool::Report::default();
        (jobs.abandoned, jobs.running, jobs.repeated) = (abandoned, running, repeated);
        ShutdownReport::new(jobs, in_time, Spans::default(), None)
    };
    assert!(report(0, 0, true, false).is_drained());
    // There was nothing to be cut short.
    assert!(report(0, 0, false, false).is_drained());
    // Its dispatch raced with the shutdown.
    let raced = report(1, 0, true, false);
    assert!(raced.is_drained() && !raced.is_clean());
    assert!(!report(1, 0, false, false).is_drained());
    assert!(!report(0, 1, true, false).is_drained());
    assert!(!report(1, 0, true, true).is_drained());
}

#[test]
fn each_loss_alone_is_not_clean() {
    let with = |change: fn(&mut ShutdownReport)| {
        let mut report = ShutdownReport::default();
        change(&mut report);
        report.is_clean()
    };
    assert!(with(|_| ()));
    assert!(!with(|report| report.abandoned = 1));
    assert!(!with(|report| report.running = 1));
    assert!(!with(|report| report.spans.dropped = 1));
    assert!(!with(|report| report.spans.open = 1));
    assert!(!with(
        |report| report.flush_error = Some(FlushError::AlreadyShutdown)
    ));
}

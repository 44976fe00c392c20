//! Tests of edge cases: clocks, parents and names gone wrong.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the tests' update writes them"
)]

use expect_test::expect;

use super::render;
use super::tests::{check, two_threads};
use crate::test_spans::{failed, on, span, trace};
use crate::trace::{FinishedTrace, Record};

#[test]
fn clocks_that_disagree() {
    let spans = vec![
        span(2, 1, "early", 0, 30),
        span(3, 1, "late", 80, 120),
        span(4, 1, "backwards", 70, 60),
        span(5, 1, "nothing", 50, 50),
        span(1, 0, "root", 20, 100),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 120ms, 5 spans
        root             [==============]      80.0ms  (main thread)
          early      [====]                    30.0ms  (main thread)
          nothing              |                  0ns  (main thread)
          backwards                |              0ns  (main thread)
          late                       [======]  40.0ms  (main thread)
    "#]],
    );
}

#[test]
fn times_that_are_absurd() {
    let spans = vec![
        Record {
            start: 0,
            end: u64::MAX,
            ..span(2, 1, "all of it", 0, 0)
        },
        Record {
            start: u64::MAX,
            end: 0,
            ..span(3, 1, "backwards", 0, 0)
        },
        span(1, 0, "root", 0, 1),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
        trace 5b8aa5a2…: 5124095h 34m, 3 spans
        root           |                       1.00ms  (main thread)
          all of it  [================]  5124095h 34m  (main thread)
          backwards    |                          0ns  (main thread)
    "#]],
    );
}

#[test]
fn a_parent_that_is_not_there() {
    let mut remote = span(3, 0x00f0_67aa_0ba9_02b7, "handler", 5, 9);
    remote.parent_is_remote = true;
    check(
        &trace(vec![span(2, 0xb7, "orphan", 0, 4), remote]),
        60,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 9.00ms, 2 spans
        orphan   [==========]                  4.00ms  (main thread)
          parent 00000000000000b7 not seen here
        handler                  [==========]  4.00ms  (main thread)
          parent 00f067aa0ba902b7 is in another process
    "#]],
    );
}

#[test]
fn spans_that_are_their_own_ancestors() {
    let spans = vec![
        span(1, 2, "a", 0, 9),
        span(2, 1, "b", 1, 8),
        span(3, 3, "c", 2, 3),
        span(4, 2, "d", 3, 4),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
            trace 5b8aa5a2d2c872e8321cf37308d69d01: 9.00ms, 4 spans
            a      [============================]  9.00ms  (main thread)
              parent 0000000000000002 is below this span
              b       [======================]     7.00ms  (main thread)
                d            [=]                   1.00ms  (main thread)
            c             [=]                      1.00ms  (main thread)
              parent 0000000000000003 is below this span
        "#]],
    );
}

#[test]
fn two_spans_of_one_id_are_both_there() {
    let spans = vec![
        span(1, 0, "a", 0, 9),
        span(1, 0, "b", 1, 8),
        span(2, 1, "c", 2, 3),
    ];
    let drawing = render(&trace(spans), 60, false);
    assert_eq!(drawing.lines().count(), 4, "{drawing}");
}

#[test]
fn missing_spans_are_noted() {
    let trace = FinishedTrace {
        continues: true,
        still_open: 2,
        left_out: 12_345,
        stripped: 1,
        ..trace(two_threads())
    };
    check(
        &trace,
        80,
        &expect![[r#"
            trace 5b8aa5a2d2c872e8321cf37308d69d01: 500ms, 12,347 spans
            continues a trace: its other spans ended earlier
            2 spans still running, not drawn
            12,345 spans not kept: too many in memory
            1 span kept without fields, events and links: too many in memory
            process_data      [======================================]  500ms  (main thread)
              worker_process   [====================================]   480ms  (process-1)
        "#]],
    );
}

#[test]
fn nothing_but_spans_that_were_not_kept() {
    let trace = FinishedTrace {
        left_out: 3,
        ..trace(Vec::new())
    };
    check(
        &trace,
        60,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 0ns, 3 spans
        3 spans not kept: too many in memory
    "#]],
    );
}

#[test]
fn names_and_messages_cannot_command_the_terminal() {
    let evil = "a\x1b[2J\r\nb\u{202e}";
    let trace = trace(vec![on(evil, failed(evil, span(1, 0, evil, 0, 10)))]);
    let drawing = render(&trace, 100, false);
    assert!(
        !drawing.chars().any(|c| c.is_control() && c != '\n'),
        "{drawing:?}"
    );
    assert_eq!(drawing.lines().count(), 3, "{drawing:?}");
}

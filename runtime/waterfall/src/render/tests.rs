//! Tests of drawn traces.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the tests' update writes them"
)]

use expect_test::{Expect, expect};

use super::render;
use crate::test_spans::{failed, many, on, span, trace};
use crate::text::width;
use crate::trace::{FinishedTrace, Record};

#[track_caller]
pub(super) fn check(trace: &FinishedTrace, columns: usize, expected: &Expect) {
    expected.assert_eq(&render(trace, columns, false));
}

pub(super) fn two_threads() -> Vec<Record> {
    vec![
        on("process-1", span(2, 1, "worker_process", 10, 490)),
        span(1, 0, "process_data", 0, 500),
    ]
}

#[test]
fn a_trace_over_two_threads() {
    check(
        &trace(two_threads()),
        72,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 500ms, 2 spans
        process_data      [==============================]  500ms  (main thread)
          worker_process   [============================]   480ms  (process-1)
    "#]],
    );
}

#[test]
fn a_child_stands_under_its_parent_in_the_order_of_the_start() {
    let spans = vec![
        span(5, 3, "e", 70, 80),
        span(4, 1, "d", 90, 95),
        span(3, 1, "c", 60, 90),
        span(2, 1, "b", 10, 50),
        span(1, 0, "a", 0, 100),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 100ms, 5 spans
        a      [============================]   100ms  (main thread)
          b       [==========]                 40.0ms  (main thread)
          c                      [=======]     30.0ms  (main thread)
            e                       [=]        10.0ms  (main thread)
          d                               []   5.00ms  (main thread)
    "#]],
    );
}

#[test]
fn an_error_has_its_message() {
    let spans = vec![
        failed(
            "cannot read /proc/self/mem: Input/output error (os error 5), which is a long story",
            span(2, 1, "worker_process", 1, 9),
        ),
        failed("", span(3, 1, "worker_process", 2, 9)),
        span(1, 0, "process_data", 0, 10),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
        trace 5b8aa5a2…: 10.0ms, 3 spans, 2 errors
        process_data      [=================]  10.0ms  (main thread)
          worker_process    [=============]    8.00ms  (main thread)
            error: cannot read /proc/self/mem: Input/output error
            (os error 5), which is a long story
          worker_process      [===========]    7.00ms  (main thread)
            error
    "#]],
    );
}

#[test]
fn colors_are_written_only_if_they_are_on() {
    let spans = vec![
        failed("boom", span(2, 1, "b", 1, 9)),
        span(1, 0, "a", 0, 10),
    ];
    let trace = trace(spans);
    let plain = render(&trace, 60, false);
    assert!(!plain.contains('\x1b'), "{plain:?}");
    let colored = render(&trace, 60, true);
    assert!(
        colored.contains("\x1b[31merror: boom\x1b[0m"),
        "{colored:?}"
    );
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn thousands_of_spans() {
    let mut spans = many(2_400);
    spans[5] = failed("one of the fast ones", spans[5].clone());
    check(
        &trace(spans),
        80,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 4.80s, 2,401 spans, 1 error
        process_data      [=====================================]   4.80s  (main thread)
          worker_process  |                                        6.00ms  (main thread)
            error: one of the fast ones
          worker_process                     [==================]   2.38s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.39s  (main thread)
          worker_process                     [==================]   2.40s  (main thread)
          worker_process                     [==================]   2.40s  (main thread)
          worker_process                     [==================]   2.40s  (main thread)
          worker_process                     [==================]   2.40s  (main thread)
          worker_process                     [==================]   2.40s  (main thread)
          worker_process                     [==================]   2.40s  (main thread)
          … and 2,383 more worker_process spans (fastest 1.00ms, slowest 2.38s)
    "#]],
    );
}

#[test]
fn a_tree_deeper_than_the_output() {
    let mut spans: Vec<Record> = (1..=50_000)
        .map(|n| span(n, n - 1, "level", n, 100_000 - n))
        .collect();
    spans.reverse();
    let drawing = render(&trace(spans), 80, false);
    let lines: Vec<&str> = drawing.lines().collect();
    assert_eq!(lines.len(), 26);
    expect!["                          … 1 level span (1m 40s), 49,975 spans below"]
        .assert_eq(lines[25]);
}

#[test]
fn a_tree_as_wide_as_deep_is_bounded() {
    let mut spans = vec![span(1, 0, "root", 0, 9_000)];
    for a in 0..30 {
        spans.push(span(100 + a, 1, "a", a, 9_000));
        for b in 0..30 {
            spans.push(span(10_000 + a * 100 + b, 100 + a, "b", a + b, 9_000));
        }
    }
    let drawing = render(&trace(spans), 80, false);
    assert!(drawing.lines().count() < 160, "{drawing}");
    assert!(drawing.contains("… and 14 more a spans"), "{drawing}");
    assert!(drawing.contains("420 spans below"), "{drawing}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let long = "名前".repeat(40);
    let mut spans = many(40);
    spans[7] = failed(&long, on(&long, spans[7].clone()));
    spans[8].name = "👩‍👩‍👧‍👦❤️".repeat(20).into();
    spans[9].name = "n".repeat(300).into();
    spans.extend((0..40).map(|n| {
        span(
            1_000 + n,
            if n == 0 { 1 } else { 999 + n },
            &long,
            n,
            90 - n,
        )
    }));
    spans.push(span(2_000, 7_777, "orphan", 0, 4));
    let trace = FinishedTrace {
        continues: true,
        still_open: 2,
        left_out: 12_345,
        ..trace(spans)
    };
    for columns in 20..=200 {
        for line in render(&trace, columns, false).lines() {
            assert!(width(line) <= columns, "{columns}: {line}");
        }
    }
    assert_eq!(render(&trace, 0, false), render(&trace, 20, false));
}

#[test]
fn a_narrow_terminal_costs_the_bar_first_then_names_then_threads() {
    let drawing = |columns| render(&trace(two_threads()), columns, false);
    assert!(
        drawing(50).contains("  worker_process  [") && drawing(50).contains("(process-1)"),
        "{}",
        drawing(50)
    );
    assert!(
        drawing(40).contains("  worker_process  [") && !drawing(40).contains("(process-1)"),
        "{}",
        drawing(40)
    );
    assert!(
        drawing(26).contains("worker_process") && !drawing(26).contains('['),
        "{}",
        drawing(26)
    );
    assert!(
        drawing(20).contains("  worker_pro…  480ms"),
        "{}",
        drawing(20)
    );
}

#[test]
fn wide_names_are_aligned() {
    let spans = vec![
        span(2, 1, "名前", 10, 50),
        span(3, 1, "ascii", 10, 50),
        span(1, 0, "root", 0, 100),
    ];
    let drawing = render(&trace(spans), 60, false);
    let starts: Vec<usize> = drawing
        .lines()
        .skip(2)
        .filter_map(|line| line.find('[').map(|at| width(&line[..at])))
        .collect();
    assert!(starts.len() == 2 && starts[0] == starts[1], "{drawing}");
}

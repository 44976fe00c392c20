//! Tests of drawn fields, events, links and waits.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the tests' update writes them"
)]

use expect_test::expect;
use opentelemetry::trace::TraceId;

use super::render;
use super::tests::check;
use crate::details::Sources;
use crate::test_spans::{
    event, failed, on, span, trace, trace_id, waited, with, with_events, with_fields,
};
use crate::text::width;
use crate::trace::Record;

fn file(path: &'static str, span: Record) -> Record {
    with_fields(&[("file.path", path.into())], span)
}

fn files() -> Vec<Record> {
    let worker = |thread, id, from, to| on(thread, span(id, 1, "worker_process", from, to));
    let broken = worker("process-0", 4, 240, 300);
    vec![
        span(1, 0, "process_data", 0, 500),
        file("src/pool.rs", waited(5, worker("process-0", 2, 10, 230))),
        with_events(
            &[("cache miss", 20), ("retry", 300)],
            file("src/carrier.rs", waited(4, worker("process-1", 3, 12, 490))),
        ),
        failed(
            "no such file",
            with_events(
                &[("exception", 58)],
                file("src/gone.rs", waited(200, broken)),
            ),
        ),
    ]
}

#[test]
fn all_parts_of_a_trace() {
    check(
        &trace(files()),
        100,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 500ms, 4 spans, 1 error
        process_data                                [===============================]   500ms  (main thread)
          worker_process{file.path=src/pool.rs}     .[============]                     220ms  (process-0)
          worker_process{file.path=src/carrier.rs}   [*=================*==========]    478ms  (process-1)
            2 events: cache miss +20.0ms, retry +300ms
          worker_process{file.path=src/gone.rs}        .............[=!]               60.0ms  (process-0)
            error: no such file
    "#]],
    );
}

#[test]
fn fields_give_way_to_the_bar_and_threads_to_both() {
    check(
        &trace(files()),
        80,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 500ms, 4 spans, 1 error
        process_data                             [==============]   500ms  (main thread)
          worker_process{file.path=src/pool.rs}  [=====]            220ms  (process-0)
          worker_process{file.path=src…rier.rs}  [*=======*=====]   478ms  (process-1)
            2 events: cache miss +20.0ms, retry +300ms
          worker_process{file.path=src/gone.rs}   .......[]        60.0ms  (process-0)
            error: no such file
    "#]],
    );
    check(
        &trace(files()),
        60,
        &expect![[r#"
            trace 5b8aa5a2…: 500ms, 4 spans, 1 error
            process_data      [=================]   500ms  (main thread)
              worker_process  [=======]             220ms  (process-0)
              worker_process  [*=========*======]   478ms  (process-1)
                2 events: cache miss +20.0ms, retry +300ms
              worker_process    .......[]          60.0ms  (process-0)
                error: no such file
        "#]],
    );
    check(
        &trace(files()),
        40,
        &expect![[r#"
        trace 5b8aa5a2…: 500ms, 4 spans, 1 error
        process_data      [============]   500ms
          worker_process  [====]           220ms
          worker_process  [*======*====]   478ms
            2 events: cache miss +20.0ms, retry…
          worker_process   ......|        60.0ms
            error: no such file
    "#]],
    );
    check(
        &trace(files()),
        20,
        &expect![[r#"
        trace: 500ms, 4 spa…
        process_data   500ms
          worker_pr…   220ms
          worker_pr…   478ms
            2 events: cache…
          worker_pr…  60.0ms
            error: no such
            file
    "#]],
    );
}

#[test]
fn batches_and_links_name_their_traces() {
    let batch = |traces: u128, messages| {
        move |details: &mut crate::details::Details| {
            details.batch = messages;
            details.sources = Sources {
                traces: usize::try_from(traces).unwrap_or_default(),
                named: (1..=traces.min(3))
                    .map(|n| TraceId::from(n << 96))
                    .collect(),
                span: Some(7.into()),
                has_more: false,
            };
        }
    };
    let spans = vec![
        with(span(1, 0, "write_rows", 0, 40), batch(3, Some(64))),
        with(span(2, 1, "audit", 10, 30), batch(1, None)),
    ];
    check(
        &trace(spans),
        80,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 40.0ms, 2 spans
        write_rows  [===========================================]  40.0ms  (main thread)
          batch of 64, from 3 traces: 00000001…, 00000002…, 00000003…
          audit                [=====================]             20.0ms  (main thread)
            from trace 00000001…
    "#]],
    );
}

#[test]
fn a_wait_before_the_trace_is_in_the_picture() {
    let spans = vec![
        waited(40, span(1, 0, "write_rows", 0, 40)),
        span(2, 1, "insert", 10, 30),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 40.0ms, 2 spans
        write_rows  .............[==========]  40.0ms  (main thread)
          insert                    [====]     20.0ms  (main thread)
    "#]],
    );
}

#[test]
fn a_wait_far_longer_than_the_trace_is_cut() {
    let spans = vec![
        waited(60_000, span(1, 0, "write_rows", 0, 40)),
        span(2, 1, "insert", 10, 30),
    ];
    check(
        &trace(spans),
        60,
        &expect![[r#"
        trace 5b8aa5a2d2c872e8321cf37308d69d01: 40.0ms, 2 spans
        write_rows  <..................[====]  40.0ms  (main thread)
          waited 1m 00s in a queue
          insert                        [=]    20.0ms  (main thread)
    "#]],
    );
}

#[test]
fn a_wait_before_a_span_of_no_duration() {
    check(
        &trace(vec![waited(3, span(1, 0, "write_rows", 0, 0))]),
        60,
        &expect![[r#"
            trace 5b8aa5a2d2c872e8321cf37308d69d01: 0ns, 1 span
            write_rows  |                             0ns  (main thread)
              waited 3.00ms in a queue
        "#]],
    );
}

#[test]
fn waits_and_events_at_absurd_times_do_no_harm() {
    let mut wrong = span(2, 1, "wrong", 20, 10);
    wrong.wait = u64::MAX;
    let mut first = Record {
        start: 0,
        ..span(3, 1, "first", 0, 10)
    };
    first.wait = 1;
    let wrong = with(wrong, |details| {
        details.events = [0, 1, u64::MAX].map(|at| event("e", at)).to_vec();
        details.event_count = usize::MAX;
    });
    let last = Record {
        start: u64::MAX - 1,
        end: u64::MAX,
        wait: u64::MAX,
        ..wrong.clone()
    };
    for spans in [
        vec![wrong.clone()],
        vec![first.clone(), wrong.clone()],
        vec![last.clone()],
        vec![first, wrong, last, span(1, 0, "root", 0, 5)],
    ] {
        for columns in 20..120 {
            for line in render(&trace(spans.clone()), columns, false).lines() {
                assert!(width(line) <= columns, "{columns}: {line}");
            }
        }
    }
}

#[test]
fn the_exception_is_seen_where_events_crowd() {
    let events = [("a", 50), ("exception", 50), ("b", 50)];
    let span = with_events(&events, span(1, 0, "root", 0, 100));
    let drawing = render(&trace(vec![span]), 60, false);
    assert!(drawing.contains("=!="), "{drawing}");
    assert!(!drawing.contains('*'), "{drawing}");
}

#[test]
fn an_event_outside_of_its_span_has_no_mark() {
    let spans = vec![
        with_events(&[("late", 60)], span(2, 1, "worker", 10, 50)),
        span(1, 0, "root", 0, 100),
    ];
    let drawing = render(&trace(spans), 60, false);
    assert!(!drawing.contains('*'), "{drawing}");
    assert!(drawing.contains("    1 event: late\n"), "{drawing}");
}

#[test]
fn details_are_dimmed_and_nothing_else_changes() {
    let trace = trace(files());
    let colored = render(&trace, 100, true);
    assert!(
        colored.contains("worker_process\x1b[2m{file.path=src/pool.rs}\x1b[0m"),
        "{colored:?}"
    );
    assert!(!colored.contains("\x1b[2m\x1b[0m"), "{colored:?}");
    assert_eq!(
        anstream::adapter::strip_str(&colored).to_string(),
        render(&trace, 100, false)
    );
}

#[test]
fn no_line_with_details_is_wider_than_the_terminal() {
    let odd = "👩‍👩‍👧‍👦❤️ e\u{301}\u{202e}\n名前".repeat(9);
    let mut spans = files();
    for (index, key) in [(1, "名前"), (2, ""), (3, "k")] {
        let record = with_fields(&[(key, odd.clone().into())], spans[index].clone());
        spans[index] = with(record, |details| {
            let mut event = event("", 0);
            event.name = odd.clone().into();
            details.events.push(event);
            details.event_count = 1_000;
            details.batch = Some(u64::MAX);
            details.sources = Sources {
                traces: usize::MAX,
                named: vec![trace_id(1), trace_id(2), trace_id(3)],
                span: None,
                has_more: true,
            };
        });
    }
    let mut trace = trace(spans);
    trace.stripped = usize::MAX;
    for columns in 20..=200 {
        for line in render(&trace, columns, false).lines() {
            assert!(width(line) <= columns, "{columns}: {line}");
        }
    }
}

/// The pictures of the documentation are drawn, not written.
#[test]
fn the_documentation_has_this_picture() {
    let mut spans = files();
    spans.truncate(3);
    spans[2] = on(
        "process-1",
        failed(
            "no such file",
            file(
                "src/gone.rs",
                waited(180, span(3, 1, "worker_process", 190, 260)),
            ),
        ),
    );
    let drawing = render(&trace(spans), 92, false);
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&drawing), "{drawing}");
    let comment: Vec<String> = drawing
        .lines()
        .map(|line| format!("//! {line}\n"))
        .collect();
    let comment = comment.concat();
    assert!(include_str!("../lib.rs").contains(&comment), "{comment}");
}

//! Which spans of a tree are shown: a picture stays readable, however many spans there are.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::record::Record;
use super::text;
use super::tree::Tree;
use super::units::{count, counted, duration};

/// The slowest children of a span.
const SLOWEST: usize = 16;
/// Children with errors that are not among the slowest.
const FAILED: usize = 4;
/// Spans of a picture.
const SPANS: usize = 120;
/// Levels of a picture.
const LEVELS: usize = 24;

/// One row of the picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) depth: usize,
    pub(super) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The span with this index, and whether it stands for its own root though it names a parent.
    Span(usize, Option<Estranged>),
    /// What is not shown, in words.
    More(String),
}

/// Why a span that names a parent is not below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Estranged {
    /// The parent is in another process.
    Remote,
    /// The parent is not among the spans.
    Missing,
    /// The parent is below the span.
    Cycle,
}

/// The rows, from the top to the bottom.
pub(super) fn rows(spans: &[Record], tree: &Tree) -> Vec<Row> {
    let chosen = choose_spans(spans, tree);
    let mut rows = Vec::new();
    let mut stack: Vec<Row> = Vec::new();
    let siblings = |parent: Option<usize>, depth: usize, stack: &mut Vec<Row>| {
        let all = parent.map_or(&tree.roots, |index| &tree.children[index]);
        let (shown, hidden): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|&&index| chosen[index]);
        if !hidden.is_empty() {
            stack.push(Row {
                depth,
                kind: Kind::More(more(spans, tree, &hidden, shown.is_empty())),
            });
        }
        stack.extend(shown.into_iter().rev().map(|index| {
            let estranged = parent.is_none().then(|| estranged(spans, index)).flatten();
            Row {
                depth,
                kind: Kind::Span(index, estranged),
            }
        }));
    };
    siblings(None, 0, &mut stack);
    while let Some(row) = stack.pop() {
        if let Kind::Span(index, _) = row.kind {
            siblings(Some(index), row.depth + 1, &mut stack);
        }
        rows.push(row);
    }
    rows
}

/// Level by level, so that what is left out when there is no more room is what lies deepest.
fn choose_spans(spans: &[Record], tree: &Tree) -> Vec<bool> {
    let mut chosen = vec![false; spans.len()];
    let mut room = SPANS;
    let mut queue = VecDeque::new();
    for index in choose_siblings(spans, &tree.roots, room) {
        queue.push_back((index, 1));
        chosen[index] = true;
        room -= 1;
    }
    while let Some((index, level)) = queue.pop_front() {
        if level == LEVELS {
            continue;
        }
        for child in choose_siblings(spans, &tree.children[index], room) {
            queue.push_back((child, level + 1));
            chosen[child] = true;
            room -= 1;
        }
    }
    chosen
}

fn choose_siblings(spans: &[Record], siblings: &[usize], room: usize) -> Vec<usize> {
    // The line that would say that there is one more takes as much room as the one.
    if siblings.len() <= SLOWEST + 1 && siblings.len() <= room {
        return siblings.to_vec();
    }
    let mut slowest = siblings.to_vec();
    slowest.sort_by_key(|&index| Reverse(spans[index].duration()));
    let rest = slowest.split_off(SLOWEST.min(slowest.len()));
    let failed = rest
        .into_iter()
        .filter(|&index| spans[index].error.is_some())
        .take(FAILED);
    slowest.extend(failed);
    slowest.truncate(room);
    slowest
}

fn estranged(spans: &[Record], root: usize) -> Option<Estranged> {
    let parent = spans[root].parent?;
    if spans.iter().any(|span| span.id == parent) {
        Some(Estranged::Cycle)
    } else if spans[root].parent_is_remote {
        Some(Estranged::Remote)
    } else {
        Some(Estranged::Missing)
    }
}

/// `… and 2,381 more worker_process spans (fastest 0.1ms, slowest 3ms), 3 with errors`.
fn more(spans: &[Record], tree: &Tree, hidden: &[usize], is_all: bool) -> String {
    let name = hidden.first().map_or("", |&index| &*spans[index].name);
    let of_one_name = hidden.iter().all(|&index| spans[index].name == name);
    let name = if of_one_name {
        format!("{} ", text::truncate(&text::clean(name), 40))
    } else {
        String::new()
    };
    let spans_word = if hidden.len() == 1 { "span" } else { "spans" };
    let number = count(hidden.len());
    let mut parts = vec![if is_all {
        format!("… {number} {name}{spans_word}")
    } else {
        format!("… and {number} more {name}{spans_word}")
    }];
    let durations = || hidden.iter().map(|&index| spans[index].duration());
    let (fastest, slowest) = (
        durations().min().unwrap_or_default(),
        durations().max().unwrap_or_default(),
    );
    parts[0] += &match hidden.len() {
        1 => [" (", &duration(slowest), ")"].concat(),
        _ => [
            " (fastest ",
            &duration(fastest),
            ", slowest ",
            &duration(slowest),
            ")",
        ]
        .concat(),
    };
    let failed = hidden
        .iter()
        .filter(|&&index| spans[index].error.is_some())
        .count();
    if failed > 0 {
        parts.push(format!("{} with errors", count(failed)));
    }
    let below: usize = hidden.iter().map(|&index| tree.sizes[index] - 1).sum();
    if below > 0 {
        parts.push(format!("{} below", counted(below, "span")));
    }
    parts.join(", ")
}

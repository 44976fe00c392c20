//! The tree of a trace's spans, and the rows of it that are shown.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};

use opentelemetry::trace::SpanId;

use crate::text::{self, count, counted, duration};
use crate::trace::Record;

/// The slowest children of a span.
const SLOWEST: usize = 16;
/// Children with errors that are not among the slowest.
const FAILED: usize = 4;
/// Spans of a waterfall.
const SPANS: usize = 120;
/// Levels of a waterfall.
const LEVELS: usize = 24;

/// The parents and children of a trace, by index into its spans.
#[derive(Debug)]
pub(crate) struct Tree {
    /// In the order of their start.
    pub(crate) roots: Vec<usize>,
    /// The children of each span, in the order of their start.
    pub(crate) children: Vec<Vec<usize>>,
    /// The number of spans in the subtree of each span, itself included.
    pub(crate) sizes: Vec<usize>,
}

/// One row of the waterfall.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) depth: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The span with this index, and why it is drawn as a root if it has a parent.
    Span(usize, Option<Orphan>),
    /// The description of the spans that are not shown.
    More(String),
}

/// Why a span that has a parent is not drawn below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Orphan {
    /// The parent is in another process.
    Remote,
    /// The parent is not among the spans.
    Missing,
    /// The parent is below the span.
    Cycle,
}

impl Tree {
    /// Returns a tree that holds every span once, whatever parents the spans have.
    pub(crate) fn new(spans: &[Record]) -> Self {
        let mut by_id: HashMap<SpanId, usize> = HashMap::with_capacity(spans.len());
        for (index, span) in spans.iter().enumerate() {
            by_id.entry(span.id).or_insert(index);
        }
        let mut order: Vec<usize> = (0..spans.len()).collect();
        order.sort_by_key(|&index| spans[index].start);

        let mut tree = Self {
            roots: Vec::new(),
            children: vec![Vec::new(); spans.len()],
            sizes: vec![1; spans.len()],
        };
        for &index in &order {
            let parent = spans[index]
                .parent
                .and_then(|parent| by_id.get(&parent).copied());
            match parent {
                Some(parent) if parent != index => tree.children[parent].push(index),
                _ => tree.roots.push(index),
            }
        }
        let mut visited = vec![false; spans.len()];
        let mut preorder = Vec::with_capacity(spans.len());
        for root in tree.roots.clone() {
            tree.visit(root, &mut visited, &mut preorder);
        }
        tree.cut_cycles(&order, &mut visited, &mut preorder);
        tree.roots.sort_by_key(|&index| spans[index].start);
        tree.add_up(&preorder);
        tree
    }

    /// Makes roots of spans that no root leads to: they are their own ancestors, or below such a
    /// span.
    fn cut_cycles(&mut self, order: &[usize], visited: &mut [bool], preorder: &mut Vec<usize>) {
        for &index in order {
            if !visited[index] {
                self.roots.push(index);
                self.visit(index, visited, preorder);
            }
        }
    }

    /// Walks without recursion, because a tree may be as deep as it has spans. Drops edges to spans
    /// that were visited before.
    fn visit(&mut self, root: usize, visited: &mut [bool], preorder: &mut Vec<usize>) {
        let mut stack = vec![root];
        visited[root] = true;
        while let Some(index) = stack.pop() {
            preorder.push(index);
            self.children[index].retain(|&child| !std::mem::replace(&mut visited[child], true));
            stack.extend(&self.children[index]);
        }
    }

    fn add_up(&mut self, preorder: &[usize]) {
        for &index in preorder.iter().rev() {
            let below: usize = self.children[index]
                .iter()
                .map(|&child| self.sizes[child])
                .sum();
            self.sizes[index] += below;
        }
    }
}

/// Returns the rows from the top to the bottom.
pub(crate) fn rows(spans: &[Record], tree: &Tree) -> Vec<Row> {
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
            let orphan = parent.is_none().then(|| orphan(spans, index)).flatten();
            Row {
                depth,
                kind: Kind::Span(index, orphan),
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

/// Chooses level by level, so that the deepest spans are left out if there is no more room.
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
    // A row for one more span takes as much room as the span itself.
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

fn orphan(spans: &[Record], root: usize) -> Option<Orphan> {
    let parent = spans[root].parent?;
    if spans.iter().any(|span| span.id == parent) {
        Some(Orphan::Cycle)
    } else if spans[root].parent_is_remote {
        Some(Orphan::Remote)
    } else {
        Some(Orphan::Missing)
    }
}

/// Returns `… and 2,381 more worker_process spans (fastest 0.1ms, slowest 3ms), 3 with errors`.
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

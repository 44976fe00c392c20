//! Spans -> tree.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;

use super::record::Record;

/// Who is whose child, by index into the spans it was made from.
#[derive(Debug)]
pub(super) struct Tree {
    /// In the order of their start.
    pub(super) roots: Vec<usize>,
    /// For each span, in the order of their start.
    pub(super) children: Vec<Vec<usize>>,
    /// For each span, the number of spans in its subtree, itself included.
    pub(super) sizes: Vec<usize>,
}

impl Tree {
    /// Every span is in the tree once, whatever parents the spans name.
    pub(super) fn new(spans: &[Record]) -> Self {
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

    /// Spans that no root leads to are their own ancestors, or below such a span: the first of them
    /// becomes a root.
    fn cut_cycles(&mut self, order: &[usize], visited: &mut [bool], preorder: &mut Vec<usize>) {
        for &index in order {
            if !visited[index] {
                self.roots.push(index);
                self.visit(index, visited, preorder);
            }
        }
    }

    /// Walks without recursion (a tree may be as deep as it has spans), and drops edges to what was
    /// visited before.
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

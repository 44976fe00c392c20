//! The crates that traced-worker adds to a program.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

/// Returns the depth and the name of each package in the tree of `traced-worker` with its default
/// features.
fn tree() -> Vec<(usize, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", "traced-worker"])
        .args(["-e", "normal", "--prefix", "depth", "--no-dedupe"])
        .args(["--format", " {p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree failed: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let depth = words.next().unwrap().parse().unwrap();
        (depth, words.next().unwrap().to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn the_default_features_need_at_most_five_crates_beside_opentelemetrys_tree() {
    let tree = tree();
    let mut opentelemetry = BTreeSet::new();
    let mut below = None;
    for (depth, name) in &tree {
        if below.is_some_and(|below| *depth <= below) {
            below = None;
        }
        if name == "opentelemetry" {
            below = Some(*depth);
        }
        if below.is_some() {
            opentelemetry.insert(name.as_str());
        }
    }
    assert!(opentelemetry.contains("tracing-core"), "{opentelemetry:?}");
    let all: BTreeSet<_> = tree.iter().map(|(_, name)| name.as_str()).collect();
    let others: Vec<_> = all
        .difference(&opentelemetry)
        .filter(|name| !name.starts_with("traced-worker"))
        .collect();
    assert!(others.contains(&&"crossbeam-channel"), "{others:?}");
    assert!(others.len() <= 5, "{others:?}");
}

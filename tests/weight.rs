//! What traced-worker brings into a program besides OpenTelemetry.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

/// The packages below `traced-worker` with its default features, each with how deep it stands.
fn tree() -> Vec<(usize, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", "traced-worker"])
        .args(["-e", "normal", "--prefix", "depth", "--no-dedupe"])
        .args(["--format", " {p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo tree fails: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let depth = words.next().unwrap().parse().unwrap();
        (depth, words.next().unwrap().to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn the_default_features_bring_opentelemetrys_own_tree_and_five_crates() {
    let tree = tree();
    let mut theirs = BTreeSet::new();
    let mut below = None;
    for (depth, name) in &tree {
        if below.is_some_and(|below| *depth <= below) {
            below = None;
        }
        if name == "opentelemetry" {
            below = Some(*depth);
        }
        if below.is_some() {
            theirs.insert(name.as_str());
        }
    }
    assert!(theirs.contains("tracing-core"), "{theirs:?}");
    let all: BTreeSet<_> = tree.iter().map(|(_, name)| name.as_str()).collect();
    let ours: Vec<_> = all
        .difference(&theirs)
        .filter(|name| **name != "traced-worker")
        .collect();
    assert!(ours.contains(&&"crossbeam-channel"), "{ours:?}");
    assert!(ours.len() <= 5, "{ours:?}");
}

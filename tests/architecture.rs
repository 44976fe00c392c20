//! The import directions that ARCHITECTURE.md promises.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The runtime's modules, lowest first: each imports only what stands before it. `lib.rs` and
/// `private.rs`, which only hand names on, stand above all.
const LAYERS: [&str; 11] = [
    "spin",
    "error",
    "carrier",
    "traced",
    "channel",
    "span",
    "worker",
    "handle",
    "pool",
    "telemetry",
    "shutdown",
];

#[test]
fn no_module_of_the_runtime_imports_upwards() {
    let mut imports = 0;
    for file in sources("runtime/src") {
        let module = module_of(&file);
        if ["lib", "private"].contains(&module.as_str()) {
            continue;
        }
        for name in crate_imports(&code(&file)) {
            assert!(
                layer(&name) <= layer(&module),
                "{} imports crate::{name}, which stands above it",
                file.display()
            );
            imports += usize::from(name != module);
        }
    }
    assert!(imports > 30, "the scan finds imports: {imports}");
}

#[test]
fn dependencies_are_named_only_where_they_belong() {
    for (name, places) in [
        ("crossbeam_channel", &["channel.rs", "pool/queue.rs"][..]),
        ("oneshot", &["handle.rs"]),
        ("opentelemetry_sdk", &["telemetry/"]),
        ("opentelemetry_otlp", &["telemetry/"]),
        ("anstream", &["telemetry/"]),
    ] {
        for file in sources("runtime/src") {
            let path = file.strip_prefix(root().join("runtime/src")).unwrap();
            let path = path.to_string_lossy();
            let belongs = places.iter().any(|place| path.starts_with(place));
            assert!(
                belongs || !code(&file).contains(name),
                "{path} names {name}"
            );
        }
    }
}

#[test]
fn tests_and_examples_use_only_the_public_surface() {
    for folder in ["tests", "ui-tests", "examples"] {
        for file in sources(folder) {
            if !file.ends_with("architecture.rs") {
                assert!(!code(&file).contains("__private::"), "{}", file.display());
            }
        }
    }
}

#[test]
fn files_are_short() {
    for folder in ["macros/src", "runtime/src", "tests", "examples"] {
        for file in sources(folder) {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines <= 350, "{} has {lines} lines", file.display());
        }
    }
}

fn layer(module: &str) -> usize {
    let place = LAYERS.iter().position(|layer| *layer == module);
    place.unwrap_or_else(|| panic!("{module} has no place in LAYERS"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "{folder}");
    found
}

/// The file's text without its comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The top-level module that a file of the runtime belongs to.
fn module_of(file: &Path) -> String {
    let path = file.strip_prefix(root().join("runtime/src")).unwrap();
    let first = path.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// The names after `crate::`, those in braces too.
fn crate_imports(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            for character in list.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                    _ if depth == 0 && !character.is_whitespace() => name.push(character),
                    _ => {}
                }
            }
            names.push(name);
        } else {
            names.push(rest.to_owned());
        }
    }
    names
        .iter()
        .map(|name| {
            name.split(|it: char| !it.is_alphanumeric() && it != '_')
                .next()
                .unwrap()
        })
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

//! Rules of ARCHITECTURE.md that the compiler does not check.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// The core's modules, bottom to top: each imports only itself and modules before it. `lib.rs` and
/// `private.rs`, which only re-export, stand above all.
const LAYERS: [&str; 15] = [
    "sync",
    "error",
    "unwind",
    "detached",
    "blocking",
    "reentrant",
    "carrier",
    "traced",
    "channel",
    "span",
    "bind",
    "worker",
    "handle",
    "pool",
    "shutdown",
];

/// The name of a crate below the core, which `lib.rs` re-exports.
const REEXPORTED: &str = "telemetry";

/// The files that name crossbeam's channel: a pool has a queue of its own.
const CROSSBEAM: [&str; 2] = ["channel.rs", "lib.rs"];

#[test]
fn no_module_of_the_core_imports_upwards() {
    let mut imports = 0;
    for (path, code) in sources("runtime/src") {
        let module = path.split('/').next().unwrap().trim_end_matches(".rs");
        if ["lib", "private"].contains(&module) {
            continue;
        }
        let module_layer = layer(module);
        for import in crate_imports(&code) {
            if import == REEXPORTED {
                continue;
            }
            assert!(
                layer(&import) <= module_layer,
                "{path} imports crate::{import}, which is above {module}"
            );
            imports += usize::from(import != module);
        }
    }
    assert!(imports > 30, "only {imports} imports were found");
}

#[test]
fn only_the_traced_channel_names_crossbeam() {
    for (path, code) in sources("runtime/src") {
        assert!(
            CROSSBEAM.contains(&path.as_str()) || !code.contains("crossbeam_channel"),
            "{path} names crossbeam_channel"
        );
    }
}

#[test]
fn tests_and_examples_use_only_the_public_surface() {
    // The name is put together, so that this file does not hold it.
    let private = ["__private", "::"].concat();
    for folder in ["tests", "ui-tests", "examples"] {
        for (path, code) in sources(folder) {
            assert!(!code.contains(&private), "{folder}/{path}");
        }
    }
}

fn layer(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| *layer == module)
        .unwrap_or_else(|| panic!("the module {module} is missing in LAYERS"))
}

/// Returns the path below `folder`, and the text without line comments, of each Rust file.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                found.push((name.replace('\\', "/"), without_comments(&path)));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found
}

fn without_comments(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the first name after each `crate::`, and each of them where a list in braces follows.
fn crate_imports(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        match rest.strip_prefix('{') {
            None => names.push(first_name(rest)),
            Some(list) => names.extend(entries(list).into_iter().map(first_name)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Returns the entries of a list up to its closing brace; those of nested lists are part of theirs.
fn entries(list: &str) -> Vec<&str> {
    let mut entries = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                entries.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        if character == '}' && start == at + 1 {
            break;
        }
    }
    entries
}

fn first_name(text: &str) -> String {
    let is_name = |it: &char| it.is_alphanumeric() || *it == '_';
    text.trim_start().chars().take_while(is_name).collect()
}

#[test]
fn the_scan_finds_every_import() {
    let code = "use crate::{a::{self, x}, b, c::y};\nuse crate::d;\nfn f() { crate::e::g() }\n\
                pub(crate) fn h() {}\nuse crate::{\n    f,\n    g::{z, w},\n};";
    assert_eq!(crate_imports(code), ["a", "b", "c", "d", "e", "f", "g"]);
}

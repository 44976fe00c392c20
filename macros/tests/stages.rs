//! Holds the order of the stages: lib -> expand -> model -> {args, item} -> diag.

use std::fs;
use std::path::{Path, PathBuf};

/// Each stage, with those that it may import.
const STAGES: [(&str, &[&str]); 8] = [
    ("lib", &["expand", "clippy"]),
    ("clippy", &["item"]),
    ("expand", &["model", "fallback", "diag"]),
    ("fallback", &["diag"]),
    ("model", &["args", "item", "diag"]),
    ("args", &["diag"]),
    ("item", &["diag"]),
    ("diag", &[]),
];

#[test]
fn imports_go_one_way() {
    let mut seen = 0;
    for (path, text) in sources() {
        let stage = stage_of(&path);
        let (_, allowed) = STAGES
            .iter()
            .find(|(name, _)| *name == stage)
            .unwrap_or_else(|| panic!("{stage} is no stage: say here what it may import"));
        for imported in imports(&text) {
            seen += 1;
            let is_allowed = imported == stage || allowed.contains(&imported.as_str());
            assert!(is_allowed, "{} imports {imported}", path.display());
        }
    }
    assert!(seen > 10, "no imports found");
}

#[test]
fn expand_never_sees_the_arguments() {
    for (path, text) in sources() {
        if stage_of(&path) == "expand" {
            assert!(!text.contains("Args"), "{}", path.display());
            assert!(!text.contains("syn::Error"), "{} can fail", path.display());
        }
    }
}

#[test]
fn the_entry_only_delegates() {
    let (_, text) = sources()
        .into_iter()
        .find(|(path, _)| stage_of(path) == "lib")
        .expect("lib.rs");
    let code = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("//"));
    let lines: Vec<_> = code.collect();
    let entries = lines.split(|line| line.starts_with("pub fn")).skip(1);
    for entry in entries {
        let body = entry.iter().take_while(|line| **line != "}").count();
        assert_eq!(body, 1, "one line between the braces: {entry:?}");
    }
}

#[test]
fn files_are_short() {
    for (path, text) in sources() {
        // The reference of the attribute is one text, in the documentation of `lib.rs`.
        let is_counted = |line: &&str| !path.ends_with("lib.rs") || !line.starts_with("///");
        let lines = text.lines().filter(is_counted).count();
        assert!(lines <= 300, "{} has {lines} lines", path.display());
    }
}

/// What stands after `crate::`, besides what stands in doc comments and in what is generated.
fn imports(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim_start)
        .filter(|line| !line.starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(char::is_ascii_lowercase).collect())
        .filter(|module: &String| !module.is_empty())
        .collect()
}

fn stage_of(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let relative = path.strip_prefix(root).expect("a path under src");
    let first = relative.components().next().expect("a file's name");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != "tests.rs") {
                let text = fs::read_to_string(&path).expect("a text");
                found.push((path, text));
            }
        }
    }
    found
}

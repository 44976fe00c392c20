//! The main job, as a person runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

fn process_data(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_process_data"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("COLUMNS", "100")
        .output()
        .unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(!text.contains('\u{1b}'), "a pipe gets no colours");
    text
}

/// The lines of the picture that are spans of this name, with their indent.
fn spans<'a>(picture: &'a str, name: &str) -> Vec<&'a str> {
    let is_span = |line: &&str| line.trim_start().starts_with(&format!("{name} "));
    picture.lines().filter(is_span).collect()
}

#[test]
fn it_hashes_and_counts_and_draws_one_trace() {
    let folder = folder(&[
        ("a.txt", "one\ntwo\n"),
        ("sub/b.txt", ""),
        ("skip", "ignored"),
    ]);
    fs::write(folder.path().join(".gitignore"), "skip\n").unwrap();
    let output = process_data(folder.path(), &["--threads", "2"]);
    assert_eq!(output.status.code(), Some(0));
    let table = text(&output.stdout);
    assert!(table.contains("c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8"));
    assert!(table.contains("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    assert!(table.contains("a.txt") && table.contains("2 files") && !table.contains("skip"));
    let picture = text(&output.stderr);
    assert_eq!(picture.matches("trace ").count(), 1, "{picture}");
    assert_eq!(spans(&picture, "process_data").len(), 1);
    let workers = spans(&picture, "worker_process");
    assert_eq!(workers.len(), 2);
    assert!(
        workers
            .iter()
            .all(|line| line.starts_with("  ") && line.contains("(worker_process-"))
    );
}

#[test]
fn orphans_have_traces_of_their_own() {
    let folder = folder(&[("a.txt", "one"), ("b.txt", "two")]);
    let output = process_data(folder.path(), &["--orphan"]);
    assert_eq!(output.status.code(), Some(0));
    let picture = text(&output.stderr);
    assert_eq!(picture.matches("trace ").count(), 3, "{picture}");
    assert!(
        spans(&picture, "worker_process")
            .iter()
            .all(|line| !line.starts_with(' '))
    );
}

#[test]
fn a_path_that_does_not_exist_is_one_line_and_exit_code_2() {
    let folder = folder(&[("a.txt", "one")]);
    let output = process_data(folder.path(), &["a.txt", "missing"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty(), "before any work");
    let error = text(&output.stderr);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.contains("missing") && error.contains("No such file"),
        "{error}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_is_an_error_span_a_summary_and_exit_code_1() {
    let folder = folder(&[("a.txt", "one")]);
    // Reading it fails for root, too.
    let output = process_data(folder.path(), &["a.txt", "/proc/self/mem"]);
    assert_eq!(output.status.code(), Some(1));
    let table = text(&output.stdout);
    assert!(table.contains("a.txt"), "the others finish");
    let said = text(&output.stderr);
    assert!(
        said.contains("error: cannot read /proc/self/mem"),
        "on the span: {said}"
    );
    assert!(said.contains("1 path could not be read"), "{said}");
}

#[test]
fn thousands_of_files_are_summed_up() {
    let names: Vec<String> = (0..2000).map(|at| format!("{at}.txt")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "text")).collect();
    let folder = folder(&files);
    let output = process_data(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let table = text(&output.stdout);
    assert!(
        table.contains("2,000 files") && table.lines().count() < 50,
        "{table}"
    );
    let picture = text(&output.stderr);
    assert!(picture.lines().count() < 50, "{picture}");
    assert!(picture.contains("more worker_process spans"), "{picture}");
}

#[test]
fn nothing_to_do_says_so() {
    let folder = folder(&[]);
    let output = process_data(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("No files"), "{said}");
}

//! Tests of the main example, as a user runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(target_os = "linux")]
#[path = "process_data/interrupted.rs"]
mod interrupted;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use tempfile::TempDir;
use tiny_http::{Response, Server};

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_process_data"));
    command.args(arguments).current_dir(folder);
    command.env_clear().env("COLUMNS", "100");
    command
}

fn process_data(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
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

/// Returns the lines of the waterfall that are spans of this name, with their indent.
fn spans<'a>(waterfall: &'a str, name: &str) -> Vec<&'a str> {
    let is_span = |line: &&str| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '{']))
    };
    waterfall.lines().filter(is_span).collect()
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
    let waterfall = text(&output.stderr);
    assert_eq!(waterfall.matches("trace ").count(), 1, "{waterfall}");
    assert_eq!(spans(&waterfall, "process_data").len(), 1);
    let workers = spans(&waterfall, "worker_process");
    assert_eq!(workers.len(), 2);
    assert!(
        workers
            .iter()
            .all(|line| line.starts_with("  ") && line.contains("(worker_process-"))
    );
    for file in ["a.txt", "sub/b.txt"] {
        let field = format!("worker_process{{file.path={file}}}");
        assert_eq!(waterfall.matches(&field).count(), 1, "{waterfall}");
    }
    let end = "\n\nspans: 3 ended, all in the picture above\n";
    assert!(waterfall.ends_with(end), "{waterfall}");
}

#[test]
fn spans_that_go_nowhere_are_not_said_to_be_drawn() {
    let folder = folder(&[("a.txt", "one")]);
    let output = command(folder.path(), &[])
        .env("OTEL_TRACES_EXPORTER", "none")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "spans: none recorded\n");
}

#[test]
fn orphans_have_traces_of_their_own() {
    let folder = folder(&[("a.txt", "one"), ("b.txt", "two")]);
    let output = process_data(folder.path(), &["--orphan"]);
    assert_eq!(output.status.code(), Some(0));
    let waterfall = text(&output.stderr);
    assert_eq!(waterfall.matches("trace ").count(), 3, "{waterfall}");
    assert!(
        spans(&waterfall, "worker_process")
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
    let errors = text(&output.stderr);
    assert!(
        errors.contains("error: cannot read /proc/self/mem"),
        "on the span: {errors}"
    );
    assert!(errors.contains("1 path could not be read"), "{errors}");
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
    let waterfall = text(&output.stderr);
    assert!(waterfall.lines().count() < 50, "{waterfall}");
    assert!(
        waterfall.contains("more worker_process spans"),
        "{waterfall}"
    );
}

#[test]
fn nothing_to_do_says_so() {
    let folder = folder(&[]);
    let output = process_data(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout) + &text(&output.stderr);
    assert!(printed.contains("No files"), "{printed}");
}

#[test]
#[cfg(unix)]
fn a_fifo_or_device_among_the_paths_is_not_read_and_exit_code_1() {
    let folder = folder(&[("a.txt", "one"), ("sub/b.txt", "two")]);
    let made = Command::new("mkfifo")
        .args(["fifo", "sub/fifo"])
        .current_dir(folder.path())
        .status();
    assert!(made.unwrap().success());
    let output = process_data(folder.path(), &["a.txt", "fifo", "sub", "/dev/zero"]);
    assert_eq!(output.status.code(), Some(1));
    let table = text(&output.stdout);
    assert!(table.contains("2 files"), "the others finish: {table}");
    let errors = text(&output.stderr);
    let end = "2 paths could not be read:\n  cannot read fifo: not a regular file\n  \
               cannot read /dev/zero: not a regular file\n";
    assert!(errors.ends_with(end), "{errors}");
}

#[test]
fn exported_spans_are_counted_with_their_destination() {
    let server = Server::http("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", server.server_addr());
    // Ends with the test's process.
    thread::spawn(move || {
        for request in server.incoming_requests() {
            assert_eq!(request.url(), "/v1/traces");
            request.respond(Response::empty(200)).unwrap();
        }
    });
    let folder = folder(&[("a.txt", "one"), ("b.txt", "two")]);
    let output = command(folder.path(), &[])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let expected = format!("spans: 3 ended, 3 exported, 0 dropped; to {endpoint}/v1/traces\n");
    assert_eq!(text(&output.stderr), expected);
}

#[test]
fn spans_that_did_not_arrive_are_counted_with_the_reason() {
    // Nothing listens on this port any more.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let endpoint = format!("http://{}", address.unwrap());
    let folder = folder(&[("a.txt", "one")]);
    let output = command(folder.path(), &[])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "the files were hashed");
    let errors = text(&output.stderr);
    assert!(errors.contains("spans were lost: "), "{errors}");
    assert!(errors.contains("is a collector running there?"), "{errors}");
    let counts = "spans: 2 ended, 0 exported, 2 dropped (2 export failed)";
    let end = format!("{counts}; to {endpoint}/v1/traces\n");
    assert!(errors.ends_with(&end), "{errors}");
}

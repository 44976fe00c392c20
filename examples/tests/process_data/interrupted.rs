//! Tests of signals: each is sent when the program has opened a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::process::{Pid, Signal, kill_process};

use super::{command, folder, spans, text};

/// The size of a sparse file that is never read to its end.
const ENDLESS: u64 = 1 << 42;

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Creates a sparse file, starts the program on one thread, and waits until it has opened the file.
fn start(folder: &Path, sparse: &str, size: u64) -> Child {
    let path = folder.join(sparse);
    File::create(&path).unwrap().set_len(size).unwrap();
    let watch = inotify::init(CreateFlags::CLOEXEC).unwrap();
    inotify::add_watch(&watch, &path, WatchFlags::OPEN).unwrap();
    let child = command(folder, &["--threads", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Blocks until there is an event.
    assert!(File::from(watch).read(&mut [0; 1024]).unwrap() > 0);
    child
}

/// Returns the number of files that the last line names.
fn files(text: &str) -> usize {
    let (before, _) = text.rsplit_once(" file").unwrap();
    let number = before.rsplit(' ').next().unwrap();
    number.replace(',', "").parse().unwrap()
}

#[test]
fn a_file_that_takes_too_long_is_left_out() {
    let names: Vec<String> = (0..2000).map(|at| format!("c/{at}")).collect();
    let mut small: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "text")).collect();
    small.push(("a", "one\n"));
    let folder = folder(&small);
    let child = start(folder.path(), "b", ENDLESS);
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(130));
    let (table, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(files(&table), 1, "{table}");
    assert_eq!(spans(&errors, "process_data").len(), 1, "{errors}");
    let end = "process_data: interrupted: 2,001 files left out\n";
    assert!(errors.ends_with(end), "{errors}");
}

#[test]
fn accepted_files_are_finished() {
    let names: Vec<String> = (0..3000).map(|at| format!("b/{at}")).collect();
    let small: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "text")).collect();
    let folder = folder(&small);
    let child = start(folder.path(), "a", 1 << 20);
    signal(&child, Signal::TERM);
    let output = child.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(143));
    let (table, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(files(&table) + files(&errors), 3001, "{table}{errors}");
    assert!(table.contains("1,048,576  a\n"), "{table}");
    assert_eq!(spans(&errors, "process_data").len(), 1, "{errors}");
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let folder = folder(&[("a", "one")]);
    let mut child = start(folder.path(), "b", ENDLESS);
    signal(&child, Signal::INT);
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert!(line.contains("Ctrl-C ends at once"), "{line}");
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty(), "it does not get to its table");
}

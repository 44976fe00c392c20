//! What is printed at the end.

use std::cmp::Reverse;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::hashing::FileDigest;

/// Files that are all listed; of more, the largest.
const ALL: usize = 40;
const LARGEST: usize = 20;
/// Failures that are named.
const NAMED: usize = 20;
/// Digits of the hash on a terminal.
const SHORT_HASH: usize = 16;

/// One file, and what came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) path: PathBuf,
    pub(crate) result: Result<FileDigest, String>,
}

/// The table on stdout.
pub(crate) fn print_table(outcomes: &[Outcome]) -> io::Result<()> {
    let stdout = io::stdout().lock();
    let digits = if stdout.is_terminal() { SHORT_HASH } else { 64 };
    let mut out = io::BufWriter::new(stdout);
    match write_table(&mut out, outcomes, digits).and_then(|()| out.flush()) {
        // Who reads has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// The files that could not be read, on stderr; and the exit code.
pub(crate) fn print_failures(folders: &[String], outcomes: &[Outcome]) -> ExitCode {
    let files = outcomes
        .iter()
        .filter_map(|outcome| outcome.result.as_ref().err());
    let failures: Vec<&String> = folders.iter().chain(files).collect();
    if failures.is_empty() {
        return ExitCode::SUCCESS;
    }
    let mut lines = vec![format!(
        "\n{} could not be read:",
        counted(failures.len(), "path")
    )];
    lines.extend(
        failures
            .iter()
            .take(NAMED)
            .map(|failure| format!("  {}", printable(failure))),
    );
    if failures.len() > NAMED {
        lines.push(format!(
            "  … and {} more",
            grouped((failures.len() - NAMED) as u64)
        ));
    }
    let text = lines.join("\n") + "\n";
    let _ = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::FAILURE
}

fn write_table(out: &mut impl Write, outcomes: &[Outcome], digits: usize) -> io::Result<()> {
    if outcomes.is_empty() {
        return writeln!(out, "No files.");
    }
    let mut read: Vec<(&Path, &FileDigest)> = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome.path.as_path(), outcome.result.as_ref().ok()?)))
        .collect();
    let files = read.len();
    let lines = read.iter().map(|(_, digest)| digest.lines).sum::<u64>();
    let bytes = read.iter().map(|(_, digest)| digest.bytes).sum::<u64>();
    if files > ALL {
        read.sort_by_key(|(_, digest)| Reverse(digest.bytes));
        read.truncate(LARGEST);
    }

    let (lines, bytes) = (grouped(lines), grouped(bytes));
    let (line_columns, byte_columns) = (lines.len().max(5), bytes.len().max(5));
    writeln!(
        out,
        "{:digits$}  {:>line_columns$}  {:>byte_columns$}  file",
        "sha256", "lines", "bytes"
    )?;
    for (path, digest) in &read {
        let hash = hexadecimal(&digest.sha256);
        writeln!(
            out,
            "{:digits$}  {:>line_columns$}  {:>byte_columns$}  {}",
            &hash[..digits],
            grouped(digest.lines),
            grouped(digest.bytes),
            printable(&path.to_string_lossy()),
        )?;
    }
    if files > read.len() {
        let more = counted(files - read.len(), "smaller file");
        writeln!(
            out,
            "{:digits$}  {:>line_columns$}  {:>byte_columns$}  … and {more}",
            "", "", ""
        )?;
    }
    writeln!(
        out,
        "{:digits$}  {lines:>line_columns$}  {bytes:>byte_columns$}  {}",
        "total",
        counted(files, "file")
    )
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number as u64))
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

/// A name as a terminal may print it: no control characters.
fn printable(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut printable, c| {
            if c.is_control() {
                printable.extend(c.escape_default());
            } else {
                printable.push(c);
            }
            printable
        })
}

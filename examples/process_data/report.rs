//! The table and the failures, printed at the end.

use std::cmp::Reverse;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use traced_worker::{ShutdownReport, ShutdownStep, StepError};

use crate::hashing::FileDigest;

/// The number of files up to which all are listed; of more, the largest are.
const ALL: usize = 40;
const LARGEST: usize = 20;
/// The number of failures that are named.
const NAMED: usize = 20;
/// The digits of a hash on a terminal.
const SHORT_HASH: usize = 16;

/// The result of one file: its digest, or an error in words.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) path: PathBuf,
    pub(crate) result: Result<FileDigest, String>,
}

/// Prints the table on stdout.
pub(crate) fn print_table(outcomes: &[Outcome]) -> io::Result<()> {
    let stdout = io::stdout().lock();
    let digits = if stdout.is_terminal() { SHORT_HASH } else { 64 };
    let mut out = io::BufWriter::new(stdout);
    match write_table(&mut out, outcomes, digits).and_then(|()| out.flush()) {
        // The reader has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints the files that could not be read on stderr, and returns the exit code.
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

/// Prints on stderr what went wrong with the spans, where they went, and how many arrived.
pub(crate) fn print_spans(ended: &ShutdownReport, endpoint: Option<&str>) {
    let of_telemetry = |error: &&StepError| error.step == ShutdownStep::Telemetry;
    for error in ended.errors.iter().filter(of_telemetry) {
        eprintln!("process_data: {error}");
    }
    let Some(spans) = &ended.spans else {
        return;
    };
    let is_drawn = spans.exported > 0 && spans.exported == spans.ended && spans.open == 0;
    match endpoint {
        Some(endpoint) => eprintln!("spans: {spans}; to {endpoint}"),
        None if is_drawn => eprintln!(
            "\nspans: {} ended, all in the picture above",
            grouped(spans.ended)
        ),
        None if spans.ended == 0 => eprintln!("spans: none recorded"),
        None => eprintln!("spans: {spans}"),
    }
}

/// Prints how much an interrupted run has left out, and returns its exit code.
pub(crate) fn print_interruption(signal: i32, left_out: usize) -> ExitCode {
    eprintln!(
        "process_data: interrupted: {} left out",
        counted(left_out, "file")
    );
    u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn write_table(out: &mut impl Write, outcomes: &[Outcome], digits: usize) -> io::Result<()> {
    if outcomes.is_empty() {
        return writeln!(out, "No files hashed.");
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

/// Formats a number as `1,234,567`.
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

/// Escapes the control characters of a name.
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

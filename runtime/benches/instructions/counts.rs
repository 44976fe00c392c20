//! Counts with callgrind, and compares with the recorded counts.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::operations::OPERATIONS;

/// The recorded counts: a name and a number on each line.
const EXPECTED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/benches/instructions/expected.txt"
);

/// The percentage by which a count may differ.
const TOLERANCE: f64 = 3.0;

/// The difference of two runs leaves out the instructions of start and end.
const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

/// Prints the counts, and returns whether all are within the tolerance.
pub(crate) fn compare() -> Result<bool, Box<dyn Error>> {
    let before = read()?;
    let (mut same, mut lines) = (true, String::new());
    println!("| instructions | expected | counted | change |\n| --- | ---: | ---: | ---: |");
    for (name, _) in OPERATIONS {
        let counted = count(name)?;
        let _ = writeln!(lines, "{name} {counted:.0}");
        let Some(expected) = before.get(name) else {
            println!("| {name} | | {counted:.0} | not recorded |");
            same = false;
            continue;
        };
        let change = (counted / expected - 1.0) * 100.0;
        let mark = if change.abs() > TOLERANCE {
            same = false;
            " **changed**"
        } else {
            ""
        };
        println!("| {name} | {expected:.0} | {counted:.0} | {change:+.1} %{mark} |");
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(EXPECTED, lines)?;
        println!("written: {EXPECTED}");
        return Ok(true);
    }
    if !same {
        println!(
            "\nA count differs by more than {TOLERANCE} %. If that is intended, record it with \
             UPDATE_EXPECT=1; if not, `callgrind_annotate` shows where the instructions are."
        );
    }
    Ok(same)
}

fn read() -> Result<BTreeMap<String, f64>, Box<dyn Error>> {
    let text = fs::read_to_string(EXPECTED).unwrap_or_default();
    text.lines()
        .map(|line| {
            let (name, number) = line
                .split_once(' ')
                .ok_or_else(|| format!("{EXPECTED}: `{line}` is not a name and a number"))?;
            Ok((name.to_owned(), number.parse()?))
        })
        .collect()
}

/// Returns the instructions of one operation, on all threads.
fn count(name: &str) -> Result<f64, Box<dyn Error>> {
    let (few, many) = (instructions(name, FEW)?, instructions(name, MANY)?);
    Ok((many - few) / f64::from(u32::try_from(MANY - FEW)?))
}

fn instructions(name: &str, operations: u64) -> Result<f64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(["run", name, &operations.to_string()])
        .output()
        .map_err(|error| {
            format!("valgrind cannot be run ({error}): install it, e.g. `apt-get install valgrind`")
        })?;
    let output = String::from_utf8_lossy(&output.stderr);
    let collected = output.lines().find_map(|line| {
        let (_, number) = line.split_once("Collected :")?;
        number.trim().parse().ok()
    });
    collected.ok_or_else(|| format!("valgrind printed no count:\n{output}").into())
}

//! Instructions of what every message goes through, counted by callgrind, held against those that
//! were counted before.
//!
//! `cargo bench -p traced-worker --bench instructions` names each count that is more than 3 % off
//! what `expected.txt` says, and ends with 1 then; with `UPDATE_EXPECT=1` it writes the file anew.
//! Unlike times, counts are the same on a busy machine. It needs valgrind.

mod counted;
mod expected;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, run, name, number] = &arguments[..]
        && run == "run"
        && let (Some(work), Ok(number)) = (counted::find(name), number.parse())
    {
        work(number);
        return ExitCode::SUCCESS;
    }
    match expected::compare() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

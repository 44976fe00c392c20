//! Counts the instructions of a message with callgrind, and compares them with recorded counts.
//!
//! `cargo bench -p traced-worker --bench instructions` fails if a count differs by more than 3 % from
//! `expected.txt`. With `UPDATE_EXPECT=1` it writes that file. Unlike times, counts are the same on a
//! busy machine. Needs valgrind.

mod counts;
mod operations;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, run, name, number] = &arguments[..]
        && run == "run"
        && let (Some(operation), Ok(number)) = (operations::find(name), number.parse())
    {
        operation(number);
        return ExitCode::SUCCESS;
    }
    match counts::compare() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

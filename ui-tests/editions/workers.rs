//! Workers in a crate of an older edition than that of the macro: what is a keyword only since then
//! is a name in the user's code.

use traced_worker::{traced_worker, Metadata, Worker};

/// A job.
#[derive(Debug)]
pub struct Job {
    /// Its number.
    pub gen: u64,
}

/// Has a name that is a keyword in edition 2024.
#[traced_worker(fields(gen, job.gen), ret)]
pub fn gen(#[state] state: &mut u64, gen: u64, job: Job) -> u64 {
    *state += gen + job.gen;
    *state
}

/// Is called where it is deprecated, too.
#[deprecated]
#[traced_worker(fields(gen = gen.to_string()))]
pub fn deprecated(gen: u64) -> u64 {
    gen
}

/// Takes messages in batches.
#[traced_worker(batch = 2, worker = Batch, fields(gen = gen.len()))]
pub fn batch(gen: Vec<u64>) -> Vec<u64> {
    gen
}

/// Returns the data of all the workers.
#[must_use]
pub fn all() -> [&'static Metadata; 2] {
    [gen::METADATA, Batch::METADATA]
}

#[test]
fn a_keyword_of_edition_2024_is_the_name_of_a_worker() -> Result<(), Box<dyn std::error::Error>> {
    let pool = gen::pool(|| 1).threads(1).start()?;
    assert_eq!(pool.dispatch((2, Job { gen: 3 }))?.wait()?, 6);
    assert_eq!(gen::METADATA.name(), "gen");
    assert_eq!(all().map(Metadata::name), ["gen", "batch"]);
    Ok(())
}

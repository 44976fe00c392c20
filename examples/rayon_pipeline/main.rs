//! Finds files with equal contents in a folder: a pipeline on rayon's threads, drawn as one trace.
//!
//! rayon's closures run on threads that know nothing of the caller's span. `BoundContext` runs them
//! under its context, and `bind_in_span` gives each side of a `join` a span of its own.
//!
//! ```sh
//! cargo run --release -p traced-worker-examples --bin rayon_pipeline -- runtime/src
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use ignore::WalkBuilder;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use traced_worker::{BoundContext, bind_in_span, telemetry};

#[derive(Debug, Parser)]
struct Arguments {
    /// The folder whose files are compared.
    folder: PathBuf,
}

/// A file that was read.
struct Hashed {
    path: PathBuf,
    bytes: usize,
    hash: [u8; 32],
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let telemetry = telemetry::builder().service_name("rayon_pipeline").init()?;
    ThreadPoolBuilder::new()
        .thread_name(|number| format!("rayon-{number}"))
        .build_global()?;
    let result = global::tracer("rayon_pipeline").in_span("pipeline", |_| {
        let paths = list(&arguments.folder)?;
        let files = hash_all(&paths);
        // Both sides at once, each in a span of its own.
        let (bytes, groups) = rayon::join(
            bind_in_span("sum", || files.iter().map(|file| file.bytes).sum::<usize>()),
            bind_in_span("group", || equal(&files)),
        );
        println!("{} files, {bytes} bytes", files.len());
        for group in groups {
            println!("equal: {}", group.join(" "));
        }
        Ok::<(), ignore::Error>(())
    });
    let report = telemetry.shutdown(Duration::from_secs(5));
    println!("spans: {report}");
    Ok(result?)
}

/// Returns the files below a folder, sorted.
fn list(folder: &Path) -> Result<Vec<PathBuf>, ignore::Error> {
    global::tracer("rayon_pipeline").in_span("list", |_| {
        let mut paths = Vec::new();
        for entry in WalkBuilder::new(folder).require_git(false).build() {
            let entry = entry?;
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                paths.push(entry.into_path());
            }
        }
        paths.sort();
        Ok(paths)
    })
}

/// Reads and hashes files on all threads of rayon. One that cannot be read is left out.
fn hash_all(paths: &[PathBuf]) -> Vec<Hashed> {
    let context = BoundContext::current();
    paths
        .par_iter()
        .filter_map(|path| context.run(|| hash(path)).ok())
        .collect()
}

/// Hashes a file in a span, which has the error if there is one.
fn hash(path: &Path) -> io::Result<Hashed> {
    global::tracer("rayon_pipeline").in_span("hash", |context: Context| {
        let span = context.span();
        span.set_attribute(KeyValue::new("path", path.display().to_string()));
        let contents = fs::read(path).inspect_err(|error| {
            eprintln!("{}: {error}", path.display());
            span.set_status(Status::error(error.to_string()));
        })?;
        Ok(Hashed {
            path: path.to_owned(),
            bytes: contents.len(),
            hash: Sha256::digest(&contents).into(),
        })
    })
}

/// Returns the names of files that have the same contents, group by group.
fn equal(files: &[Hashed]) -> Vec<Vec<String>> {
    let mut groups = BTreeMap::<_, Vec<String>>::new();
    for file in files {
        let group = groups.entry(file.hash).or_default();
        group.push(file.path.display().to_string());
    }
    let mut groups: Vec<_> = groups.into_values().filter(|it| it.len() > 1).collect();
    groups.sort();
    groups
}

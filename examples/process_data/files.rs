//! The files among the paths of the command line.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// The files, and what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Each file once, in the order of the paths, then by name.
    pub(crate) files: Vec<PathBuf>,
    /// One line for each path that cannot be read.
    pub(crate) failures: Vec<String>,
}

/// A path of the command line that does not exist.
#[derive(Debug)]
pub(crate) struct MissingPath {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for MissingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.source)
    }
}

impl Error for MissingPath {}

/// Returns the regular files among `paths` and below them.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Found, MissingPath> {
    // All of them first: nothing is done if one is missing.
    let mut kinds = Vec::with_capacity(paths.len());
    for path in paths {
        let metadata = fs::metadata(path).map_err(|source| MissingPath {
            path: path.clone(),
            source,
        })?;
        kinds.push(metadata.file_type());
    }
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for (path, kind) in paths.iter().zip(kinds) {
        if kind.is_dir() {
            walk(path, &mut seen, &mut found);
        } else if !kind.is_file() {
            let failure = format!("cannot read {}: not a regular file", path.display());
            found.failures.push(failure);
        } else if seen.insert(path.clone()) {
            found.files.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, seen: &mut HashSet<PathBuf>, found: &mut Found) {
    // .gitignore counts outside of a git checkout too.
    let walk = WalkBuilder::new(folder)
        .require_git(false)
        .sort_by_file_name(Ord::cmp)
        .build();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                let path = entry.into_path();
                let path = path
                    .strip_prefix("./")
                    .map_or(path.clone(), Path::to_path_buf);
                if seen.insert(path.clone()) {
                    found.files.push(path);
                }
            }
            Ok(_) => {}
            Err(error) => found.failures.push(error.to_string()),
        }
    }
}

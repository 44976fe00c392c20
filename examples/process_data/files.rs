//! Which files there are.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

/// What the walk found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In the order of the paths given, then by name; each once.
    pub(crate) files: Vec<PathBuf>,
    /// Folders that could not be read, and why.
    pub(crate) failures: Vec<String>,
}

/// A path that was given, and is not there.
#[derive(Debug)]
pub(crate) struct NotThere {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for NotThere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.source)
    }
}

impl Error for NotThere {}

/// The files among `paths` and below them.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Found, NotThere> {
    // All of them first: nothing is done where one is wrong.
    let mut folders = Vec::with_capacity(paths.len());
    for path in paths {
        let metadata = fs::metadata(path).map_err(|source| NotThere {
            path: path.clone(),
            source,
        })?;
        folders.push(metadata.is_dir());
    }
    let mut found = Found::default();
    let mut seen = HashSet::new();
    for (path, is_folder) in paths.iter().zip(folders) {
        if is_folder {
            walk(path, &mut seen, &mut found);
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

//! The worker.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use traced_worker::traced_worker;

/// Read at a time: a file of any size takes no more memory than this.
const CHUNK: usize = 64 * 1024;

/// What is known of a file after it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileDigest {
    pub(crate) sha256: [u8; 32],
    /// Line breaks, and the last line where it has none.
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
}

/// A file that could not be read.
#[derive(Debug)]
pub(crate) struct FileError {
    path: PathBuf,
    source: io::Error,
}

/// Reads one file, on a thread of the pool.
#[traced_worker(name = "worker_process", fields(file.path = %path.display()))]
pub(crate) fn process(path: PathBuf) -> Result<FileDigest, FileError> {
    digest(&path).map_err(|source| FileError { path, source })
}

fn digest(path: &Path) -> io::Result<FileDigest> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; CHUNK];
    let mut hash = Sha256::new();
    let (mut lines, mut bytes) = (0, 0);
    let mut last = b'\n';
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => &chunk[..read],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(read);
        lines += read
            .iter()
            .map(|&byte| u64::from(byte == b'\n'))
            .sum::<u64>();
        bytes += read.len() as u64;
        last = read.last().copied().unwrap_or(last);
    }
    if last != b'\n' {
        lines += 1;
    }
    Ok(FileDigest {
        sha256: hash.finalize().into(),
        lines,
        bytes,
    })
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.source)
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn a_file_of_several_chunks() {
        let path = std::env::temp_dir().join(format!("process_data-{}", std::process::id()));
        std::fs::write(&path, "line\n".repeat(100_000) + "end").expect("a file");
        let digest = digest(&path);
        std::fs::remove_file(&path).expect("removed");
        let digest = digest.expect("read");
        assert_eq!((digest.lines, digest.bytes), (100_001, 500_003));
    }
}

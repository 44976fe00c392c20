//! The worker.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use traced_worker::traced_worker;

/// The bytes that are read at a time: a file of any size takes no more memory than this.
const CHUNK: usize = 64 * 1024;

/// The digest of a file, and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileDigest {
    pub(crate) sha256: [u8; 32],
    /// Line breaks, and the last line if it has none.
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

/// Opens a regular file, and nothing else: reading a FIFO or a device may never end.
fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    // Opening a FIFO waits for a writer without this. It may have replaced the file since the walk.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.read(true).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ))
    }
}

fn digest(path: &Path) -> io::Result<FileDigest> {
    let mut file = open(path)?;
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
    use std::path::PathBuf;

    use super::digest;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("process_data-{name}-{}", std::process::id()))
    }

    #[test]
    fn a_file_of_several_chunks() {
        let path = path("chunks");
        std::fs::write(&path, "line\n".repeat(100_000) + "end").expect("a file");
        let digest = digest(&path);
        std::fs::remove_file(&path).expect("removed");
        let digest = digest.expect("read");
        assert_eq!((digest.lines, digest.bytes), (100_001, 500_003));
    }

    #[test]
    #[cfg(unix)]
    fn a_fifo_is_refused_at_once() {
        let path = path("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        let error = digest(&path).expect_err("no file");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(error.to_string(), "not a regular file");
    }
}

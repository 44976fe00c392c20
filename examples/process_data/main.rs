//! Hashes files.
fn main() {}

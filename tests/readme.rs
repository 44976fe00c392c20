//! The README is the front page of the repository and of the crate.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn the_repository_and_the_crate_have_the_same_readme() {
    assert_eq!(
        read("README.md"),
        read("runtime/README.md"),
        "copy README.md to runtime/README.md"
    );
}

/// A relative link works on a forge alone, a link to an item in rustdoc alone.
#[test]
fn links_work_on_a_forge_in_rustdoc_and_on_a_registry() {
    let mut links = 0;
    for file in [
        "README.md",
        "macros/README.md",
        "runtime/telemetry/README.md",
        "runtime/waterfall/README.md",
    ] {
        for link in read(file).split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            assert!(link.starts_with("https://"), "{file} links to {link}");
            links += 1;
        }
    }
    assert!(links > 0, "the scan finds links");
}

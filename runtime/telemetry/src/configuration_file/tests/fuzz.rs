//! Random files: none panics.

use std::hash::{BuildHasher as _, RandomState};

use super::with;

const EXAMPLES: [&str; 4] = [
    include_str!("examples/sdk-migration-config.yaml"),
    include_str!("examples/resource.yaml"),
    include_str!("examples/otlp-http.yaml"),
    include_str!("examples/propagator.yaml"),
];

/// Parts that mean something in YAML, or in a reference.
const PARTS: [&str; 40] = [
    " ",
    "\n",
    "\t",
    ":",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    "&a",
    "*a",
    "!",
    "!!int ",
    "|",
    ">-\n",
    "'",
    "\"",
    "%",
    "@",
    "`",
    "---\n",
    "...\n",
    "${",
    "}",
    "$$",
    "${A:-1}",
    "~",
    "1",
    "-1",
    ".inf",
    "1e999",
    "99999999999999999999",
    "é",
    "\u{feff}",
    "\u{0}",
    "\\x",
];

/// A generator whose seed is printed by a test that fails.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("small")
    }

    /// Changes an example in some places: replaces, repeats and cuts.
    fn file(&mut self) -> String {
        let mut text: Vec<char> = EXAMPLES[self.below(EXAMPLES.len())].chars().collect();
        for _ in 0..=self.below(8) {
            let start = self.below(text.len() + 1);
            let end = (start + self.below(20)).min(text.len());
            let part: Vec<char> = match self.below(4) {
                0 => Vec::new(),
                1 => {
                    let from = self.below(text.len() + 1);
                    text[from..(from + self.below(40)).min(text.len())].to_vec()
                }
                _ => PARTS[self.below(PARTS.len())].chars().collect(),
            };
            text.splice(start..end, part);
        }
        text.into_iter().collect()
    }

    fn soup(&mut self) -> String {
        (0..self.below(60))
            .map(|_| PARTS[self.below(PARTS.len())])
            .collect()
    }
}

#[test]
fn no_file_panics() {
    let seed = RandomState::new().hash_one(()) | 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let rounds = std::env::var("CONFIG_FILE_FUZZ_ROUNDS").ok();
    let rounds = rounds.and_then(|it| it.parse().ok()).unwrap_or(2_000);
    let mut valid = 0;
    for round in 0..rounds {
        let text = if round % 2 == 0 {
            random.file()
        } else {
            random.soup()
        };
        let read = std::panic::catch_unwind(|| with(&text, &[("A", "a: [")]).is_ok());
        assert!(read.is_ok(), "{text:?}");
        valid += usize::from(read.is_ok_and(|is_valid| is_valid));
    }
    assert!(valid > 0);
}

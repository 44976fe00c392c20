//! What was measured, as text: printed, and written to the docs where that is asked for.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::Section;
use crate::targets;

/// How long to measure, what for, and what came of it.
#[derive(Debug)]
pub(crate) struct Report {
    quick: bool,
    write: bool,
    sections: Vec<Section>,
}

impl Report {
    pub(crate) fn new(quick: bool, write: bool) -> Self {
        Self {
            quick,
            write,
            sections: Vec::new(),
        }
    }

    /// So many rounds, or fewer where it is to be quick.
    pub(crate) fn rounds(&self, rounds: usize) -> usize {
        if self.quick { rounds.min(5) } else { rounds }
    }

    pub(crate) fn operations(&self, operations: u64) -> u64 {
        if self.quick {
            operations / 5
        } else {
            operations
        }
    }

    /// Prints the section, and keeps it.
    pub(crate) fn add(&mut self, section: Section) {
        println!("{}", table(&section));
        self.sections.push(section);
    }

    pub(crate) fn section(&self, title: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.title == title)
    }

    /// Prints which targets are met, and writes all that was measured.
    pub(crate) fn finish(&self) {
        let targets = targets::table(self);
        println!("{targets}");
        if !self.write {
            return;
        }
        let sections: Vec<_> = self.sections.iter().map(table).collect();
        let text = format!("{}\n\n{targets}\n{}", self.origin(), sections.join("\n"));
        self.write_doc("comparison.md", &text);
    }

    /// A file of the docs, where what is measured is to be kept.
    pub(crate) fn write_doc(&self, name: &str, text: &str) {
        if !self.write {
            return;
        }
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("docs")
            .join(name);
        match fs::write(&path, text) {
            Ok(()) => println!("written: {}", path.display()),
            Err(error) => println!("{} cannot be written: {error}", path.display()),
        }
    }

    /// Where, when and how it was measured.
    fn origin(&self) -> String {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("an unknown processor", |(_, model)| model);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        format!(
            "{model}, {cores} cores, {}; {}; {}; `cargo bench -p traced-worker -- --write`{}",
            std::env::consts::OS,
            output("rustc", &["--version"]),
            output("date", &["-u", "+%Y-%m-%d"]),
            if self.quick { " `--quick`" } else { "" },
        )
    }
}

/// One section as a table in Markdown.
fn table(section: &Section) -> String {
    let mut text = format!("\n**{}**\n\n", section.title);
    let _ = writeln!(text, "| | ns | ratio |\n| --- | ---: | ---: |");
    for name in section.names() {
        let _ = writeln!(
            text,
            "| {name} | {:.1} | {:.3} |",
            section.nanoseconds(name),
            section.ratio(name, section.base()),
        );
    }
    text
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_default()
}

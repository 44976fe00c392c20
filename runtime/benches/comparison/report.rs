//! Prints the measurements, and writes the ratios and a chart to the docs.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::chart::Chart;
use crate::harness::Section;

const METHOD: &str = "\
Each ratio is the median of paired rounds: in each round all contenders do the same work, in rotating
order, and their times are divided. A message is 64 bytes, a queue holds 1024, one thread dispatches.
Spans are those of the OpenTelemetry SDK and are not exported. Smaller is better; a target that is
missed is bold.
";

#[derive(Debug)]
pub(crate) struct Report {
    quick: bool,
    ratios: Vec<Ratio>,
    chart: String,
}

/// The time of traced-worker, divided by that of something else.
#[derive(Debug)]
struct Ratio {
    title: String,
    target: Option<f64>,
    measured: Vec<f64>,
}

impl Report {
    pub(crate) fn new(quick: bool) -> Self {
        Self {
            quick,
            ratios: Vec::new(),
            chart: String::new(),
        }
    }

    /// Returns `rounds`, or fewer for a quick run.
    pub(crate) fn rounds(&self, rounds: usize) -> usize {
        if self.quick { rounds.min(5) } else { rounds }
    }

    /// Returns `operations`, or fewer for a quick run.
    pub(crate) fn operations(&self, operations: u64) -> u64 {
        if self.quick {
            operations / 3
        } else {
            operations
        }
    }

    /// Prints a section as a table in Markdown.
    #[expect(clippy::unused_self, reason = "everything is printed by the report")]
    pub(crate) fn print(&self, section: &Section) {
        println!("\n**{}**\n\n| | ns | ratio |", section.title);
        println!("| --- | ---: | ---: |");
        let mut base = None;
        for name in section.names() {
            let base = *base.get_or_insert(name);
            let (time, ratio) = (section.nanoseconds(name), section.ratio(name, base));
            println!("| {name} | {time:.1} | {ratio:.3} |");
        }
    }

    /// Adds a row to the table of ratios.
    pub(crate) fn add_ratio(&mut self, title: &str, target: Option<f64>, measured: Vec<f64>) {
        self.ratios.push(Ratio {
            title: title.to_owned(),
            target,
            measured,
        });
    }

    pub(crate) fn set_chart(&mut self, chart: &Chart<'_>) {
        self.chart = chart.draw();
    }

    pub(crate) fn print_ratios(&self) {
        println!("\n{}\n\n{}", self.origin(), self.table());
    }

    pub(crate) fn write_docs(&self) {
        let text = format!("{METHOD}\n{}\n\n{}", self.table(), self.origin());
        write_doc("performance.md", &format!("{text}\n"));
        write_doc("cost-by-threads.svg", &self.chart);
    }

    /// Returns the ratios as a table in Markdown.
    fn table(&self) -> String {
        let mut text = String::from("| time of a message, as a ratio | target | measured | |\n");
        text.push_str("| --- | ---: | --- | --- |\n");
        for ratio in &self.ratios {
            let target = ratio
                .target
                .map_or(String::new(), |target| format!("{target}"));
            let is_missed = |measured: f64| ratio.target.is_some_and(|target| measured > target);
            let measured = ratio.measured.iter().map(|&measured| {
                let digits = if measured < 0.1 { 3 } else { 2 };
                let mark = if is_missed(measured) { "**" } else { "" };
                format!("{mark}{measured:.digits$}{mark}")
            });
            let measured = measured.collect::<Vec<_>>().join(", ");
            let verdict = match ratio.target {
                None => "",
                Some(_) if ratio.measured.iter().copied().any(is_missed) => "missed",
                Some(_) => "met",
            };
            let _ = writeln!(
                text,
                "| {} | {target} | {measured} | {verdict} |",
                ratio.title
            );
        }
        text
    }

    /// Returns the machine, the compiler, the date and the command.
    fn origin(&self) -> String {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name| {
            let line = cpus.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(": "))
                .map(|(_, value)| value)
        };
        let model = field("model name").unwrap_or("an unknown processor");
        let family = field("cpu family").map_or(String::new(), |it| format!(" (family {it})"));
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        format!(
            "{model}{family}, {cores} cores, {}; {}; {};\n\
             `cargo bench -p traced-worker --bench comparison -- --write`{}",
            std::env::consts::OS,
            output("rustc", &["--version"]),
            output("date", &["-u", "+%Y-%m-%d"]),
            if self.quick { " `--quick`" } else { "" },
        )
    }
}

fn write_doc(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    match fs::write(&path, text) {
        Ok(()) => println!("written: {}", path.display()),
        Err(error) => println!("{} cannot be written: {error}", path.display()),
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.unwrap_or_default()
}

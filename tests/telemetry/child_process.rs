//! The test program as a child process that a test steers.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::role;

/// A running test program: see `test_program/main.rs` for its commands.
#[derive(Debug)]
pub(crate) struct ChildProcess {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// The exit of a test program.
#[derive(Debug)]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    figures: HashMap<String, u64>,
    /// The printed report.
    pub(crate) line: String,
}

impl ChildProcess {
    /// Starts the program with these variables, and none of the others that telemetry reads, and
    /// waits until it is ready.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_test_program"));
        role::only(&mut command, variables);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test program");
        let mut started = Self {
            stdin: child.stdin.take().expect("its stdin"),
            stdout: BufReader::new(child.stdout.take().expect("its stdout")),
            child,
        };
        assert_eq!(started.read(), "ready");
        started
    }

    /// Sends a command, and waits for the answer.
    pub(crate) fn send(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}").expect("it listens");
        self.read()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        let process = Pid::from_raw(id).expect("a process");
        kill_process(process, signal).expect("it is there");
    }

    /// Waits until the program has ended by itself.
    pub(crate) fn wait_for_exit(mut self) -> Exit {
        let mut figures = HashMap::new();
        let mut last = String::new();
        loop {
            let line = self.read();
            if line.is_empty() {
                break;
            }
            if let Some(pairs) = line.strip_prefix("figures ") {
                figures = pairs
                    .split(' ')
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(name, value)| (name.to_owned(), value.parse().expect("a figure")))
                    .collect();
            }
            last = line;
        }
        let status = self.child.wait().expect("it ends");
        Exit {
            code: status.code(),
            figures,
            line: last,
        }
    }

    fn read(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        // Where a test failed; otherwise it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Exit {
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> u64 {
        let figure = self.figures.get(name);
        *figure.unwrap_or_else(|| panic!("no figure {name}: {self:?}"))
    }

    /// Every message that was accepted is in one figure, and so is every span that ended.
    #[track_caller]
    pub(crate) fn assert_adds_up(&self) {
        let sum = |names: &[&str]| names.iter().map(|name| self.get(name)).sum::<u64>();
        let jobs = sum(&["completed", "failed", "panicked", "abandoned", "running"]);
        assert_eq!(self.get("accepted"), jobs, "{self:?}");
        let spans = sum(&["exported", "dropped"]);
        assert_eq!(self.get("ended"), spans, "{self:?}");
        let lost = sum(&["queue_full", "export_failed", "at_shutdown"]);
        assert_eq!(self.get("dropped"), lost, "{self:?}");
        // One span a message, the abandoned ones' too; but for a message that was taken out of the
        // queue at the deadline, and not begun with yet.
        let (open, running) = (self.get("open"), self.get("running"));
        assert!(open <= running, "{self:?}");
        assert_eq!(self.get("ended") + running, jobs, "{self:?}");
    }
}

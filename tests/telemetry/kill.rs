//! Tests with a collector that is killed: it is a process of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use rustix::process::Signal;

use crate::child_process::ChildProcess;
use crate::receiver::{Answer, Receiver};
use crate::role::{self, Role};

/// A receiver that can be killed.
struct Collector {
    child: Child,
    stdout: BufReader<ChildStdout>,
    endpoint: String,
}

impl Collector {
    fn start() -> Self {
        let mut command = role::command(Role::Receive, &[]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a child");
        let mut stdout = BufReader::new(child.stdout.take().expect("its stdout"));
        // The test harness writes lines of its own first, and one without an end.
        let endpoint = loop {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).expect("text") > 0, "it listens");
            if let Some((_, address)) = line.split_once("listening ") {
                break address.trim_end().to_owned();
            }
        };
        Self {
            child,
            stdout,
            endpoint,
        }
    }

    /// Waits until it has been sent something.
    fn wait_for_request(&mut self) {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a request");
        assert!(line.starts_with("request "), "{line}");
    }

    fn kill(mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("it ends");
    }
}

/// The side of the child process.
pub(crate) fn receive() {
    let receiver = Receiver::answering(|_| Answer::Status(200));
    println!("listening {}", receiver.url(""));
    for seen in 1.. {
        receiver.wait_for(seen);
        println!("request {seen}");
    }
}

#[test]
fn killing_the_collector_in_the_middle_hangs_nothing_and_the_report_adds_up() {
    for timeout in ["0", "200"] {
        let mut collector = Collector::start();
        let mut child = ChildProcess::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint),
            ("TEST_PROGRAM_EXPORTER_TIMEOUT_MS", timeout),
        ]);
        assert_eq!(child.send("load 80"), "loading");
        collector.wait_for_request();
        collector.wait_for_request();
        collector.kill();
        // Workers go on without it.
        assert_eq!(child.send("run 3000"), "ran 3000");
        child.signal(Signal::TERM);
        let exit = child.wait_for_exit();
        assert_eq!(exit.code, Some(0), "{exit:?}");
        exit.assert_adds_up();
        assert!(
            exit.get("exported") > 0 && exit.get("export_failed") > 0,
            "{exit:?}"
        );
        assert!(exit.line.contains("spans were lost: "), "{}", exit.line);
    }
}

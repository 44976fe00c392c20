//! Tests with a real collector: `rotel`, if a variable names its program.

use std::fs::File;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::child_process::ChildProcess;
use crate::receiver::free_port;

/// The path of `rotel-agent`. If it is set and the program does not start, the test fails.
const ROTEL: &str = "TRACED_WORKER_ROTEL";

struct Rotel {
    child: Child,
    log: PathBuf,
    http: String,
    grpc: String,
}

impl Rotel {
    fn start() -> Option<Self> {
        let program = std::env::var_os(ROTEL)?;
        let [http, grpc] = [(); 2].map(|()| free_port());
        let [http, grpc] = [http, grpc].map(|port| port.local_addr().expect("its address"));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let log = folder.join(format!("rotel-{}.log", http.port()));
        let output = File::create(&log).expect("a log");
        let child = Command::new(program)
            .args(["start", "--exporter", "blackhole"])
            .args(["--debug-log", "traces", "--debug-log-verbosity", "detailed"])
            .args(["--otlp-http-endpoint", &http.to_string()])
            .args(["--otlp-grpc-endpoint", &grpc.to_string()])
            .arg("--pid-file")
            .arg(folder.join(format!("rotel-{}.pid", http.port())))
            .stdout(output.try_clone().expect("the log"))
            .stderr(output)
            .stdin(Stdio::null())
            .spawn()
            .expect("the program that TRACED_WORKER_ROTEL names");
        let mut rotel = Self {
            child,
            log,
            http: format!("http://{http}"),
            grpc: format!("http://{grpc}"),
        };
        for address in [http, grpc] {
            while TcpStream::connect(address).is_err() {
                let ended = rotel.child.try_wait().expect("its state");
                assert!(ended.is_none(), "rotel has ended: {}", rotel.log());
                thread::yield_now();
            }
        }
        Some(rotel)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log")
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_real_collector_takes_every_span() {
    let Some(rotel) = Rotel::start() else {
        println!("{ROTEL} is not set: nothing is tested");
        return;
    };
    for (protocol, endpoint) in [
        ("http/protobuf", &rotel.http),
        ("http/json", &rotel.http),
        ("grpc", &rotel.grpc),
    ] {
        let before = rotel.log().matches("Span #").count();
        let mut child = ChildProcess::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_SERVICE_NAME", "seen-by-rotel"),
        ]);
        assert_eq!(child.send("run 700"), "ran 700");
        assert_eq!(child.send("stop"), "stopping");
        let exit = child.wait_for_exit();
        exit.assert_adds_up();
        assert_eq!(
            (exit.get("exported"), exit.get("dropped")),
            (700, 0),
            "{exit:?}"
        );
        // It logs the spans after it has answered.
        while rotel.log().matches("Span #").count() < before + 700 {
            thread::yield_now();
        }
        assert_eq!(rotel.log().matches("Span #").count(), before + 700);
        assert!(rotel.log().contains("seen-by-rotel"));
    }
}

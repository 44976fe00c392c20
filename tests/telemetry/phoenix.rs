//! A test with Phoenix (arize-phoenix), if a variable names its program: the trace is read back through
//! its API.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::child_process::ChildProcess;
use crate::receiver::free_port;

/// The path of `phoenix`. If it is set and the program does not start, the test fails.
const PHOENIX: &str = "TRACED_WORKER_PHOENIX";

struct Phoenix {
    child: Child,
    http: SocketAddr,
    grpc: SocketAddr,
    log: PathBuf,
}

impl Phoenix {
    fn start() -> Option<Self> {
        let program = std::env::var_os(PHOENIX)?;
        let [http, grpc] = [(); 2].map(|()| free_port());
        let [http, grpc] = [http, grpc].map(|port| port.local_addr().expect("its address"));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.join(format!("phoenix-{}", http.port()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let log = folder.join("log");
        let output = File::create(&log).expect("a log");
        let child = Command::new(program)
            .arg("serve")
            .env("PHOENIX_HOST", "127.0.0.1")
            .env("PHOENIX_PORT", http.port().to_string())
            .env("PHOENIX_GRPC_PORT", grpc.port().to_string())
            .env("PHOENIX_WORKING_DIR", &folder)
            .env("PHOENIX_TELEMETRY_ENABLED", "false")
            .stdout(output.try_clone().expect("the log"))
            .stderr(output)
            .stdin(Stdio::null())
            .spawn()
            .expect("the program that TRACED_WORKER_PHOENIX names");
        let mut phoenix = Self {
            child,
            http,
            grpc,
            log,
        };
        while phoenix.get("/healthz").is_none() {
            let ended = phoenix.child.try_wait().expect("its state");
            let log = || std::fs::read_to_string(&phoenix.log);
            assert!(ended.is_none(), "phoenix has ended: {:?}", log());
            // It tells nobody that it is ready.
            thread::sleep(Duration::from_millis(100));
        }
        Some(phoenix)
    }

    /// Returns the body of the answer, if its status is 200.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.http).ok()?;
        let request = format!("GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.http);
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?;
        (status == "200").then(|| body.to_owned())
    }

    /// Returns the spans of the project, once there are this many.
    fn spans(&self, number: usize) -> Vec<Value> {
        loop {
            let body = self.get("/v1/projects/default/spans?limit=1000");
            let json: Value = serde_json::from_str(&body.expect("spans")).expect("JSON");
            let spans = json["data"].as_array().cloned().unwrap_or_default();
            if spans.len() >= number {
                return spans;
            }
            // It stores what it has taken a little later.
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Phoenix {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_trace_can_be_read_back_from_phoenix() {
    let Some(phoenix) = Phoenix::start() else {
        println!("{PHOENIX} is not set: nothing is tested");
        return;
    };
    let mut expected = 0;
    for (protocol, address) in [("http/protobuf", phoenix.http), ("grpc", phoenix.grpc)] {
        for compression in ["none", "gzip"] {
            let mut child = ChildProcess::start(&[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}")),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
            ]);
            // A root span with a worker span under it, beside others.
            assert_eq!(child.send("open"), "opened");
            assert_eq!(child.send("run 20"), "ran 20");
            assert_eq!(child.send("stop"), "stopping");
            assert_eq!(child.send("end"), "ended");
            let exit = child.wait_for_exit();
            let counts = (exit.get("exported"), exit.get("dropped"));
            assert_eq!(counts, (22, 0), "{protocol} {compression}: {exit:?}");
            expected += 22;
            let spans = phoenix.spans(expected);
            assert_eq!(spans.len(), expected);
            let parents = spans.iter().filter(|span| span["parent_id"].is_string());
            assert_eq!(parents.count(), expected / 22, "{spans:?}");
        }
    }
}

//! Tests of the servers: each runs over both, against the real process, which exports its spans to a
//! collector in the test.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use traced_worker_tests::receiver::Receiver;
use traced_worker_tests::{HANGS, wait_until};

const SERVERS: [&str; 2] = [
    env!("CARGO_BIN_EXE_server"),
    env!("CARGO_BIN_EXE_server_plain"),
];
const REQUESTS: usize = 100;

/// The trace that the clients are in.
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A running server, and the collector that it exports to.
struct Server {
    process: Child,
    /// Its log, in a file: a pipe that nobody reads would block it.
    log: File,
    address: SocketAddr,
    receiver: Receiver,
}

/// The output of a server that has ended with 0.
struct Ended {
    log: String,
    report: String,
    spans: Vec<Span>,
}

/// A received span.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    name: String,
    trace: String,
    id: String,
    parent: String,
}

/// An answer to a request.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Server {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let receiver = Receiver::start(200);
        let log = tempfile::tempfile().unwrap();
        let mut process = Command::new(program)
            .arg("127.0.0.1:0")
            .args(arguments)
            .env_clear()
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url(""))
            .env("OTEL_BSP_MAX_QUEUE_SIZE", "1000000")
            .stdout(log.try_clone().unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(process.stderr.as_mut().unwrap());
        stderr.read_line(&mut line).unwrap();
        assert!(stderr.buffer().is_empty());
        let address = line.trim().strip_prefix("listening on http://").unwrap();
        Self {
            address: address.parse().unwrap(),
            process,
            log,
            receiver,
        }
    }

    fn terminate(&self) {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
    }

    /// Waits for the end of the server.
    fn wait(mut self) -> Ended {
        let (mut report, mut log) = (String::new(), String::new());
        let mut stderr = self.process.stderr.take().unwrap();
        stderr.read_to_string(&mut report).unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{report}");
        self.log.rewind().unwrap();
        self.log.read_to_string(&mut log).unwrap();
        let spans = self.receiver.received().into_iter().map(|span| Span {
            name: span.name,
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
        });
        Ended {
            log,
            spans: spans.collect(),
            report: report.lines().last().unwrap().to_owned(),
        }
    }

    /// Sends an upload, and returns the answer.
    fn digest(&self, headers: &str, upload: &[u8]) -> Answer {
        let answer = try_digest(self.address, headers, upload).unwrap();
        answer.expect("an answer")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If a test failed; otherwise it has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Ended {
    fn named(&self, name: &str) -> Vec<&Span> {
        self.spans.iter().filter(|it| it.name == name).collect()
    }

    /// Every request span has its worker span, and the report counts what the collector got.
    fn assert_complete(&self, requests: usize) {
        assert_eq!(self.named("POST /digest").len(), requests);
        assert_eq!(self.named("digest").len(), requests);
        let parents: HashMap<_, _> = self
            .named("digest")
            .into_iter()
            .map(|worker| (worker.parent.as_str(), worker))
            .collect();
        for request in self.named("POST /digest") {
            assert_eq!(parents[request.id.as_str()].trace, request.trace);
        }
        let (jobs, spans) = self.report.split_once("; spans: ").unwrap();
        let expected = format!("{requests} completed, 0 failed, 0 panicked, 0 abandoned");
        assert!(jobs.ends_with(&expected), "{}", self.report);
        let count = self.spans.len();
        let expected = format!("{count} ended, {count} exported, 0 dropped");
        assert_eq!(spans, expected, "{}", self.report);
    }
}

impl Answer {
    /// Returns the trace id and the span id of the request's span.
    fn traceparent(&self) -> (&str, &str) {
        let mut parts = self.headers["traceparent"].split('-').skip(1);
        (parts.next().unwrap(), parts.next().unwrap())
    }
}

fn head(headers: &str, length: usize) -> String {
    format!(
        "POST /digest HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-length: {length}\r\n{headers}\r\n"
    )
}

/// Sends an upload. Returns `None` if the server closes the connection instead of an answer.
fn try_digest(address: SocketAddr, headers: &str, upload: &[u8]) -> io::Result<Option<Answer>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(head(headers, upload.len()).as_bytes())?;
    stream.write_all(upload)?;
    answer(&mut BufReader::new(stream))
}

fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Answer>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        match line.trim().split_once(": ") {
            Some((name, value)) => headers.insert(name.to_owned(), value.to_owned()),
            None => break,
        };
    }
    let mut body = String::new();
    // The connection stays open after this one.
    if status != 100 {
        stream.read_to_string(&mut body)?;
    }
    Ok(Some(Answer {
        status,
        headers,
        body,
    }))
}

/// Returns an id in hexadecimal digits.
fn hex(id: &[u8]) -> String {
    let mut text = String::new();
    for byte in id {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[test]
fn the_worker_span_of_each_of_100_concurrent_requests_is_under_its_request_span() {
    for program in SERVERS {
        let server = Server::start(program, &[]);
        let barrier = Barrier::new(REQUESTS);
        let client = |number: usize| {
            let upload = format!("upload {number}");
            // Half of the clients are in a trace, each in one of its own.
            let caller = CALLER.replace("4736", &format!("{number:04}"));
            let header = format!("traceparent: {caller}\r\n");
            let header = if number.is_multiple_of(2) {
                header.as_str()
            } else {
                ""
            };
            barrier.wait();
            let answer = server.digest(header, upload.as_bytes());
            assert_eq!((answer.status, answer.body.len()), (200, 64), "{answer:?}");
            (caller, answer)
        };
        let answers: Vec<_> = thread::scope(|scope| {
            let client = &client;
            let clients = (0..REQUESTS).map(|number| scope.spawn(move || client(number)));
            let clients: Vec<_> = clients.collect();
            clients.into_iter().map(|it| it.join().unwrap()).collect()
        });
        server.terminate();
        let ended = server.wait();
        ended.assert_complete(REQUESTS);

        let spans: HashMap<_, _> = ended.spans.iter().map(|it| (it.id.as_str(), it)).collect();
        for (number, (caller, answer)) in answers.iter().enumerate() {
            let (trace, id) = answer.traceparent();
            let request = spans[id];
            assert_eq!((&*request.name, &*request.trace), ("POST /digest", trace));
            if number.is_multiple_of(2) {
                assert_eq!(trace, &caller[3..35]);
                assert_eq!(request.parent, caller[36..52]);
            } else {
                assert_eq!(request.parent, "");
            }
        }
    }
}

#[test]
fn log_lines_of_the_worker_show_the_request() {
    let server = Server::start(SERVERS[0], &[]);
    assert_eq!(server.digest("", b"one").status, 200);
    server.terminate();
    let log = server.wait().log;
    let (_, line) = log.trim().split_once(" INFO ").unwrap();
    let sha256 = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
    let expected = format!(
        "POST /digest{{otel.kind=\"server\"}}:digest{{bytes=3}}: server: digested sha256=\"{sha256}\""
    );
    assert_eq!(line.trim_start(), expected);
}

#[test]
fn a_worker_that_fails_and_a_full_queue_are_answered() {
    for program in SERVERS {
        let server = Server::start(program, &["--threads", "1", "--queue", "1"]);
        let failed = server.digest("", b"");
        assert_eq!((failed.status, failed.body.as_str()), (400, "no upload\n"));

        // Until a request finds the thread at work and the queue full.
        let upload = vec![0; 1 << 20];
        let (start, refused) = (Instant::now(), AtomicBool::new(false));
        let client = || {
            while !refused.load(Ordering::SeqCst) && start.elapsed() < HANGS {
                match server.digest("", &upload).status {
                    200 => {}
                    503 => refused.store(true, Ordering::SeqCst),
                    status => panic!("{status}"),
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(client);
            }
        });
        assert!(refused.into_inner(), "no request found the queue full");
        server.terminate();
        let ended = server.wait();
        let (requests, workers) = (ended.named("POST /digest"), ended.named("digest"));
        assert!(requests.len() > workers.len());
    }
}

#[test]
fn sigterm_under_load_fails_no_request_and_loses_no_span() {
    for program in SERVERS {
        let server = Server::start(program, &[]);
        // Requests that are being read when the signal comes: hyper asks for a body once the
        // handler reads it.
        let mut held: Vec<_> = (0..REQUESTS)
            .map(|_| {
                let mut stream = TcpStream::connect(server.address).unwrap();
                let head = head("expect: 100-continue\r\n", 8);
                stream.write_all(head.as_bytes()).unwrap();
                BufReader::new(stream)
            })
            .collect();
        for stream in &mut held {
            assert_eq!(answer(stream).unwrap().unwrap().status, 100);
        }
        // And clients that send one request after the other until they are refused.
        let answered = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    // A connection that the server has not taken is closed without an answer.
                    while let Ok(Some(answer)) = try_digest(server.address, "", b"upload") {
                        assert_eq!(answer.status, 200, "{answer:?}");
                        answered.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            wait_until(|| answered.load(Ordering::SeqCst) >= REQUESTS);
            server.terminate();
        });
        wait_until(|| TcpStream::connect(server.address).is_err());
        for stream in &mut held {
            stream.get_mut().write_all(b"uploaded").unwrap();
        }
        for stream in &mut held {
            let answer = answer(stream).unwrap().unwrap();
            assert_eq!((answer.status, answer.body.len()), (200, 64), "{answer:?}");
        }
        // Each request that has a span was answered, and the other way round.
        let ended = server.wait();
        ended.assert_complete(answered.into_inner() + REQUESTS);
    }
}

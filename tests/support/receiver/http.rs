//! The part of HTTP that an exporter uses.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use super::Shared;

/// A received request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request line.
    pub line: String,
    headers: Vec<String>,
    /// The body, as it was sent.
    pub body: Vec<u8>,
    /// Whether it was answered with success.
    pub(super) is_taken: bool,
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status without a body.
    Status(u16),
    /// A status with `Retry-After`, in seconds.
    RetryAfter(u16, u32),
    /// Success after a delay.
    Slow(Duration),
    /// Success once the sender is dropped.
    Held(Arc<Mutex<mpsc::Receiver<()>>>),
    /// A status with a content type and a body.
    Body(u16, &'static str, Vec<u8>),
    /// A status that leads to another address.
    Redirect(u16, String),
    /// Success for a body of at most this many bytes, and this status with a text for others.
    Limit(usize, u16, Vec<u8>),
    /// Bytes that are not HTTP.
    Garbage,
    /// A closed connection.
    HangUp,
}

impl Answer {
    /// Returns an answer that is success once the sender is dropped.
    #[must_use]
    pub fn held() -> (mpsc::SyncSender<()>, Self) {
        let (release, held) = mpsc::sync_channel(0);
        (release, Self::Held(Arc::new(Mutex::new(held))))
    }

    fn is_success(&self) -> bool {
        match self {
            Self::Status(status) => *status == 200,
            Self::Slow(_) | Self::Held(_) => true,
            Self::Body(..)
            | Self::Redirect(..)
            | Self::Limit(..)
            | Self::RetryAfter(..)
            | Self::Garbage
            | Self::HangUp => false,
        }
    }

    /// Decides what depends on the request.
    fn to(self, request: &Request) -> Self {
        match self {
            Self::Limit(bytes, ..) if request.body.len() <= bytes => Self::Status(200),
            Self::Limit(_, status, text) => Self::Body(status, "text/plain", text),
            other => other,
        }
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let text = match self {
            Self::Status(status) => format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n"),
            Self::RetryAfter(status, seconds) => format!(
                "HTTP/1.1 {status} -\r\nretry-after: {seconds}\r\ncontent-length: 0\r\n\r\n"
            ),
            Self::Slow(delay) => {
                thread::sleep(*delay);
                return Self::Status(200).bytes();
            }
            Self::Held(held) => {
                let held = held.lock().unwrap_or_else(PoisonError::into_inner);
                // It waits for the sender to be dropped.
                let _ = held.recv();
                return Self::Status(200).bytes();
            }
            Self::Body(status, content_type, body) => {
                let head = format!(
                    "HTTP/1.1 {status} -\r\ncontent-type: {content_type}\r\n\
                     content-length: {}\r\n\r\n",
                    body.len()
                );
                return Some([head.as_bytes(), body].concat());
            }
            Self::Redirect(status, location) => {
                format!("HTTP/1.1 {status} -\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
            }
            Self::Garbage => return Some(b"\x16\x03\x01\xff\x00not http at all".to_vec()),
            // A limit was decided with the request.
            Self::HangUp | Self::Limit(..) => return None,
        };
        Some(text.into_bytes())
    }
}

impl Request {
    /// Returns whether it has this header line, in any case.
    #[must_use]
    pub fn has_header(&self, header: &str) -> bool {
        self.headers
            .iter()
            .any(|line| line.eq_ignore_ascii_case(header))
    }
}

/// Serves a connection until it is closed. A request is recorded before it is answered.
pub(super) fn serve(stream: impl Read + Write, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    let mut is_first = true;
    while let Some(mut request) = read(&mut reader) {
        if std::mem::take(&mut is_first) {
            shared.connections.fetch_add(1, Ordering::SeqCst);
        }
        let mut requests = shared.requests();
        let answer = (shared.script)(requests.len()).to(&request);
        request.is_taken = answer.is_success();
        requests.push(request);
        drop(requests);
        shared.arrived.notify_all();
        let garbage = matches!(answer, Answer::Garbage);
        match answer.bytes() {
            Some(bytes) if write(reader.get_mut(), &bytes).is_ok() && !garbage => {}
            _ => return,
        }
    }
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let length = |line: &String| {
        let line = line.to_ascii_lowercase();
        line.strip_prefix("content-length: ")?.parse().ok()
    };
    let mut body = vec![0; head.iter().find_map(length).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let headers = head.split_off(1);
    Some(Request {
        line: head.pop()?,
        headers,
        body,
        is_taken: false,
    })
}

//! The `tracestate` field (W3C Trace Context level 2, section 3.3).

use std::ops::Range;
use std::sync::Arc;

use opentelemetry::trace::TraceState;

use super::rejected::Reason;

/// The limit for list members (section 3.3.1.1).
const MAX_MEMBERS: usize = 32;

/// The limit for the text, in bytes. At least 512 should be sent on (section 3.3.1.5).
const MAX_BYTES: usize = 8192;

/// Members longer than this are cut first (section 3.3.1.5).
const LONG_MEMBER: usize = 128;

/// Returns the text of a span's trace state, followed by the text that `TraceState` could not hold.
///
/// Members that the specification does not allow are left out; `None` if nothing is left.
pub(super) fn encode(state: &TraceState, unparsed: Option<&str>) -> Option<Box<str>> {
    let mut members = Members::default();
    let unparsed = unparsed.into_iter().flat_map(split_members);
    for (key, value) in state.into_iter().chain(unparsed) {
        if let Err(reason) = members.push(key, value) {
            reason.count(1);
        }
    }
    members.finish()
}

/// Returns the trace state of a checked text, or the text itself if `TraceState` cannot hold it.
pub(super) fn decode(text: &str) -> (TraceState, Option<Arc<str>>) {
    match TraceState::from_key_value(split_members(text)) {
        Ok(state) => (state, None),
        Err(_) => (TraceState::NONE, Some(Arc::from(text))),
    }
}

/// The header fields of one message, joined in their order (section 3.3.1). One illegal member
/// discards them all (section 4.3).
#[derive(Debug, Default)]
pub(super) struct Fields {
    members: Members,
    rejected: Option<Reason>,
}

impl Fields {
    pub(super) fn push(&mut self, field: &[u8]) {
        if self.rejected.is_none() {
            self.rejected = self.push_members(field).err();
        }
    }

    /// Returns the checked text, unless it was rejected or is empty.
    pub(super) fn finish(self) -> Option<Box<str>> {
        if let Some(reason) = self.rejected {
            reason.count(1);
            return None;
        }
        self.members.finish()
    }

    fn push_members(&mut self, field: &[u8]) -> Result<(), Reason> {
        let field = std::str::from_utf8(field).map_err(|_| Reason::MalformedTracestate)?;
        for member in field.split(',') {
            // Optional white space around members, and empty members (section 3.3.1.1).
            let member = member.trim_matches([' ', '\t']);
            if !member.is_empty() {
                let (key, value) = member.split_once('=').ok_or(Reason::MalformedTracestate)?;
                self.members.push(key, value)?;
            }
        }
        Ok(())
    }
}

/// A list that is being made: of a duplicate key the first is kept (section 3.3.1.3).
#[derive(Debug, Default)]
struct Members {
    text: String,
    /// The positions of the keys in the text, to find a duplicate without reading all of it.
    keys: Vec<Range<usize>>,
    number: usize,
}

impl Members {
    fn push(&mut self, key: &str, value: &str) -> Result<(), Reason> {
        if !is_key(key) || !is_value(value) {
            return Err(Reason::MalformedTracestate);
        }
        if self.number == MAX_MEMBERS {
            return Err(Reason::TooManyMembers);
        }
        self.number += 1;
        let mut keys = self.keys.iter().map(|at| &self.text[at.clone()]);
        if keys.any(|earlier| earlier == key) {
            return Ok(());
        }
        if self.text.is_empty() {
            // Every tracer should send on as much as this (section 3.3.1.5).
            self.text.reserve(512);
            self.keys.reserve(MAX_MEMBERS);
        } else {
            self.text.push(',');
        }
        self.keys.push(self.text.len()..self.text.len() + key.len());
        self.text.push_str(key);
        self.text.push('=');
        self.text.push_str(value);
        Ok(())
    }

    /// Cuts whole members over 128 characters, the last ones first, until the text fits (section
    /// 3.3.1.5). It fits without them, because 32 members are the most.
    fn finish(mut self) -> Option<Box<str>> {
        while self.text.len() > MAX_BYTES {
            let mut members: Vec<&str> = self.text.split(',').collect();
            let long = |member: &&str| member.len() > LONG_MEMBER;
            let Some(at) = members.iter().rposition(long) else {
                break;
            };
            members.remove(at);
            self.text = members.join(",");
            Reason::MalformedTracestate.count(1);
        }
        (!self.text.is_empty()).then(|| self.text.into_boxed_str())
    }
}

/// Splits a checked text into its members.
fn split_members(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').filter_map(|member| member.split_once('='))
}

/// `key = ( lcalpha / DIGIT ) 0*255 ( keychar )` (section 3.3.1.3.1).
fn is_key(key: &str) -> bool {
    let is_start = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = key.as_bytes();
    bytes.len() <= 256
        && bytes.first().is_some_and(is_start)
        && bytes
            .iter()
            .all(|byte| is_start(byte) || b"_-*/@".contains(byte))
}

/// `value = 0*255 ( chr ) nblk-chr` (section 3.3.1.3.2): printable, no comma, no equals sign, no
/// blank at the end.
fn is_value(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.len() <= 256
        && bytes.last().is_some_and(|byte| *byte != b' ')
        && bytes
            .iter()
            .all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}

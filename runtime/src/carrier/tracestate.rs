//! The `tracestate` field (W3C Trace Context level 2, section 3.3).

use std::ops::Range;
use std::sync::Arc;

use opentelemetry::trace::TraceState;

use super::limits::{TRACE_STATE_BYTES, TRACE_STATE_LONG_MEMBER, TRACE_STATE_MEMBERS};
use super::refusal::Refusal;

/// The text of a span's trace state, in front of a text that `TraceState` could not hold.
///
/// Members that the specification does not allow are left out; `None` where nothing is left.
pub(super) fn encode(state: &TraceState, opaque: Option<&str>) -> Option<Box<str>> {
    let mut members = Members::default();
    let held = opaque.into_iter().flat_map(split_members);
    for (key, value) in state.into_iter().chain(held) {
        if let Err(refusal) = members.push(key, value) {
            refusal.count(1);
        }
    }
    members.finish()
}

/// The trace state of a checked text; as text again where `TraceState` cannot hold it.
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
    refused: Option<Refusal>,
}

impl Fields {
    pub(super) fn push(&mut self, field: &[u8]) {
        if self.refused.is_none() {
            self.refused = self.push_members(field).err();
        }
    }

    /// The checked text, unless it was refused or is empty.
    pub(super) fn finish(self) -> Option<Box<str>> {
        if let Some(refusal) = self.refused {
            refusal.count(1);
            return None;
        }
        self.members.finish()
    }

    fn push_members(&mut self, field: &[u8]) -> Result<(), Refusal> {
        let field = std::str::from_utf8(field).map_err(|_| Refusal::BadTracestate)?;
        for member in field.split(',') {
            // Optional white space around members, and empty members (section 3.3.1.1).
            let member = member.trim_matches([' ', '\t']);
            if !member.is_empty() {
                let (key, value) = member.split_once('=').ok_or(Refusal::BadTracestate)?;
                self.members.push(key, value)?;
            }
        }
        Ok(())
    }
}

/// A list that is being made: of a duplicate key the first is kept.
#[derive(Debug, Default)]
struct Members {
    text: String,
    /// Where the keys are in the text, to find a duplicate without reading all of it.
    keys: Vec<Range<usize>>,
    number: usize,
}

impl Members {
    fn push(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        if !is_key(key) || !is_value(value) {
            return Err(Refusal::BadTracestate);
        }
        if self.number == TRACE_STATE_MEMBERS {
            return Err(Refusal::TooManyMembers);
        }
        self.number += 1;
        let mut keys = self.keys.iter().map(|at| &self.text[at.clone()]);
        if keys.any(|earlier| earlier == key) {
            return Ok(());
        }
        if self.text.is_empty() {
            // The specification asks every tracer to pass on as much as this.
            self.text.reserve(512);
            self.keys.reserve(TRACE_STATE_MEMBERS);
        } else {
            self.text.push(',');
        }
        self.keys.push(self.text.len()..self.text.len() + key.len());
        self.text.push_str(key);
        self.text.push('=');
        self.text.push_str(value);
        Ok(())
    }

    /// Cuts whole members until the text fits: those over 128 characters first, then from the
    /// end (section 3.3.1.5).
    fn finish(mut self) -> Option<Box<str>> {
        while self.text.len() > TRACE_STATE_BYTES {
            let mut members: Vec<&str> = self.text.split(',').collect();
            let at = members
                .iter()
                .rposition(|member| member.len() > TRACE_STATE_LONG_MEMBER)
                .unwrap_or(members.len() - 1);
            members.remove(at);
            self.text = members.join(",");
            Refusal::BadTracestate.count(1);
        }
        (!self.text.is_empty()).then(|| self.text.into_boxed_str())
    }
}

/// The members of a checked text.
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

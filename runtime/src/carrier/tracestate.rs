//! The `tracestate` field (W3C Trace Context level 2, section 3.3).

use std::sync::Arc;

use opentelemetry::trace::TraceState;

use super::limits::{TRACE_STATE_BYTES, TRACE_STATE_LONG_MEMBER, TRACE_STATE_MEMBERS};
use super::refusal::Refusal;

/// The text of a span's trace state, in front of a text that `TraceState` could not hold.
///
/// Members that the grammar does not allow are left out; `None` where nothing is left.
pub(super) fn encode(state: &TraceState, opaque: Option<&str>) -> Option<Box<str>> {
    let mut members: Vec<(&str, &str)> = Vec::new();
    let mut refused = 0;
    let held = opaque
        .unwrap_or_default()
        .split(',')
        .filter_map(split_member);
    for (key, value) in state.into_iter().chain(held) {
        if !is_key(key) || !is_value(value) {
            refused += 1;
        } else if !members.iter().any(|(earlier, _)| *earlier == key) {
            members.push((key, value));
        }
    }
    if members.len() > TRACE_STATE_MEMBERS {
        refused += members.len() - TRACE_STATE_MEMBERS;
        members.truncate(TRACE_STATE_MEMBERS);
    }
    refused += shorten(&mut members);
    if refused > 0 {
        Refusal::BadTracestate.count(refused as u64);
    }
    join(&members)
}

/// The trace state of a text that [`encode`] made; as text where `TraceState` cannot hold it.
pub(super) fn decode(text: &str) -> (TraceState, Option<Arc<str>>) {
    match text.parse::<TraceState>() {
        Ok(state)
            if state
                .into_iter()
                .eq(text.split(',').filter_map(split_member)) =>
        {
            (state, None)
        }
        _ => (TraceState::NONE, Some(Arc::from(text))),
    }
}

fn split_member(member: &str) -> Option<(&str, &str)> {
    member.split_once('=')
}

/// `key = ( lcalpha / DIGIT ) 0*255 ( keychar )` (section 3.3.1.3.1).
fn is_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes.len() <= 256
        && bytes
            .first()
            .is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && bytes.iter().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(byte)
        })
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

/// Cuts whole members until the text fits: those over 128 characters first, then from the end
/// (section 3.3.1.5). Returns how many went.
fn shorten(members: &mut Vec<(&str, &str)>) -> usize {
    let length = |(key, value): &(&str, &str)| key.len() + 1 + value.len();
    let mut total = members
        .iter()
        .map(|member| length(member) + 1)
        .sum::<usize>();
    let before = members.len();
    while total > TRACE_STATE_BYTES + 1 {
        let at = members
            .iter()
            .rposition(|member| length(member) > TRACE_STATE_LONG_MEMBER)
            .unwrap_or(members.len() - 1);
        total -= length(&members.remove(at)) + 1;
    }
    before - members.len()
}

fn join(members: &[(&str, &str)]) -> Option<Box<str>> {
    if members.is_empty() {
        return None;
    }
    let length = members
        .iter()
        .map(|(key, value)| key.len() + value.len() + 2)
        .sum();
    let mut text = String::with_capacity(length);
    for (key, value) in members {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(key);
        text.push('=');
        text.push_str(value);
    }
    Some(text.into_boxed_str())
}

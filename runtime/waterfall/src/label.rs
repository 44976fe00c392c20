//! The texts of a span's details: fields after its name, and lines below it.

use std::borrow::Cow;

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceId;

use crate::details::{Details, Mark};
use crate::text::{clean, count, duration, truncate, truncate_middle, width};
use crate::trace::Record;

/// The columns of a value below which it is not shortened: fewer say nothing.
const SHORTEST_VALUE: usize = 6;

/// The digits of a trace's id that are drawn where the id is not the subject.
const ID_DIGITS: usize = 8;

/// Returns `{file.path=src/pool.rs}` in at most `columns` columns. Shortens values first, the longest
/// first, and leaves out the last fields then.
pub(crate) fn fields(span: &Record, columns: usize) -> String {
    let Some(fields) = Fields::new(span) else {
        return String::new();
    };
    let all = fields.items.len();
    let text = fields.text(all, usize::MAX);
    if width(&text) <= columns {
        return text;
    }
    let longest = fields.items.iter().map(|(_, value)| width(value)).max();
    let mut lengths = (SHORTEST_VALUE, longest.unwrap_or_default().min(columns));
    let mut shortened = None;
    // Longer values take more room, so that half of the lengths are out at each step.
    while lengths.0 <= lengths.1 {
        let length = lengths.0.midpoint(lengths.1);
        let text = fields.text(all, length);
        if width(&text) <= columns {
            shortened = Some(text);
            lengths.0 = length + 1;
        } else {
            lengths.1 = length - 1;
        }
    }
    let fewer = (1..all)
        .rev()
        .map(|fewer| fields.text(fewer, SHORTEST_VALUE));
    shortened
        .into_iter()
        .chain(fewer)
        .find(|text| width(text) <= columns)
        .unwrap_or_default()
}

/// The fields of a span as they are written.
struct Fields {
    items: Vec<(String, String)>,
    has_more: bool,
}

impl Fields {
    fn new(span: &Record) -> Option<Self> {
        let details = span.details.as_deref()?;
        let items: Vec<_> = details.fields.iter().map(item).collect();
        (!items.is_empty()).then_some(Self {
            items,
            has_more: details.has_more_fields,
        })
    }

    /// Returns the first `fields` fields with values of at most `columns` columns.
    fn text(&self, fields: usize, columns: usize) -> String {
        let items = self.items.iter().take(fields);
        let mut texts: Vec<String> = items
            .map(|(key, value)| format!("{key}={}", truncate_middle(value, columns)))
            .collect();
        if self.has_more || fields < self.items.len() {
            texts.push("…".to_owned());
        }
        format!("{{{}}}", texts.join(" "))
    }
}

/// Returns the key and the value, quoted if it could be read as something else.
fn item(field: &KeyValue) -> (String, String) {
    let value = field.value.as_str();
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '=' | '{' | '}' | '"');
    let value = if !value.is_empty() && value.chars().all(is_plain) {
        clean(&value).into_owned()
    } else {
        format!("\"{}\"", clean(&value.replace('"', "\\\"")))
    };
    (clean(field.key.as_str()).into_owned(), value)
}

/// Returns `batch of 64, from 3 traces: 5b8aa5a2…, ..`, if the span is a batch or has links.
///
/// `own`: the trace of the span itself.
pub(crate) fn sources(details: &Details, own: TraceId) -> Option<String> {
    let batch = details.batch.map(|messages| {
        format!(
            "batch of {}",
            count(usize::try_from(messages).unwrap_or(usize::MAX))
        )
    });
    let sources = &details.sources;
    let from = match (sources.traces, sources.named.as_slice(), sources.span) {
        (0, _, _) => None,
        (1, &[only], Some(span)) if !sources.has_more => Some(if only == own {
            format!("from span {span} of this trace")
        } else {
            format!("from trace {}", short(only))
        }),
        (traces, named, _) => {
            let or_more = if sources.has_more { " or more" } else { "" };
            let ids: Vec<String> = named.iter().map(|&id| short(id)).collect();
            let dots = if traces > named.len() { ", …" } else { "" };
            Some(format!(
                "from {}{or_more} traces: {}{dots}",
                count(traces),
                ids.join(", ")
            ))
        }
    };
    match (batch, from) {
        (Some(batch), Some(from)) => Some(format!("{batch}, {from}")),
        (batch, from) => batch.or(from),
    }
}

fn short(id: TraceId) -> String {
    format!("{}…", &id.to_string()[..ID_DIGITS])
}

/// Returns `3 events: cache miss +1.20ms, retry +3.41ms, ..` in at most `columns` columns, if the span
/// has events that are not drawn as its error.
pub(crate) fn events(span: &Record, columns: usize) -> Option<String> {
    let details = span.details.as_deref()?;
    let is_error = |event: &&Mark| event.is_exception && span.error.is_some();
    let errors = details.events.iter().filter(is_error).count();
    let number = details.event_count - errors;
    if number == 0 {
        return None;
    }
    let mut names: Vec<Cow<'_, str>> = details
        .events
        .iter()
        .filter(|event| !is_error(event))
        .map(|event| event_text(span, event))
        .collect();
    if names.len() < number {
        names.push("…".into());
    }
    let noun = if number == 1 { "event" } else { "events" };
    let text = format!("{} {noun}: {}", count(number), names.join(", "));
    Some(truncate(&text, columns).into_owned())
}

/// Returns the name and the time since the start of the span, if it is in the span's time.
fn event_text<'a>(span: &Record, event: &'a Mark) -> Cow<'a, str> {
    let name = clean(&event.name);
    if is_inside(span, event) {
        format!("{name} +{}", duration(event.time - span.start)).into()
    } else {
        name
    }
}

/// Returns whether an event lies in the time of its span.
pub(crate) fn is_inside(span: &Record, event: &Mark) -> bool {
    span.start <= event.time && event.time <= span.end
}

#[cfg(test)]
mod tests;

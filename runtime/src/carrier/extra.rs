//! The rarer half of a carrier.

use std::sync::OnceLock;

use super::traceparent::Text;

/// What a carrier has besides ids and flags, each in the form of its header field.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    /// The text of the ids, once somebody asked for it by reference.
    pub(super) traceparent: OnceLock<Text>,
    /// Checked, without white space around its members; never empty.
    pub(super) trace_state: Option<Box<str>>,
    /// Checked, without white space around its members; never empty.
    pub(super) baggage: Option<Box<str>>,
    /// The fields of a custom global propagator, by name.
    pub(super) fields: Vec<(Box<str>, Box<str>)>,
}

impl Extra {
    pub(super) fn trace_state(&self) -> Option<&str> {
        self.trace_state.as_deref()
    }

    pub(super) fn baggage(&self) -> Option<&str> {
        self.baggage.as_deref()
    }

    /// Whether it carries nothing of its own.
    pub(super) fn is_empty(&self) -> bool {
        self.trace_state.is_none() && self.baggage.is_none() && self.fields.is_empty()
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.trace_state == other.trace_state
            && self.baggage == other.baggage
            && self.fields == other.fields
    }
}

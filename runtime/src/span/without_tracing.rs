//! The types of `tracing_span` in a build without the feature `tracing`: no value of them exists.

use std::borrow::Cow;

use opentelemetry::trace::Link;
use opentelemetry::{Context, Value};

use super::attributes::LayerAttributes;
use super::tracer::StartedSpan;

/// The call sites of a worker span; there are none.
#[derive(Clone, Debug)]
pub enum CallSites {}

#[derive(Debug)]
pub(crate) enum Caller {}

impl Caller {
    pub(crate) fn capture(_: Option<&CallSites>, _: bool) -> Option<Self> {
        None
    }

    pub(crate) fn subscriber(&self) -> Option<&Subscriber> {
        match *self {}
    }
}

pub(crate) enum Subscriber {}

#[expect(dead_code, reason = "there is nothing to start")]
pub(crate) struct TracingStart<'a> {
    pub(crate) sites: &'static CallSites,
    pub(crate) caller: Option<Caller>,
    pub(crate) parent: Cow<'a, Context>,
    pub(crate) links: Vec<Link>,
    pub(crate) attributes: LayerAttributes,
}

#[derive(Debug)]
pub(crate) enum TracingScope {}

impl TracingScope {
    pub(crate) fn of_subscriber(subscriber: &Subscriber) -> Self {
        match *subscriber {}
    }

    pub(crate) fn run<'a, R>(
        start: TracingStart<'a>,
        _: impl FnOnce(StartedSpan<'a>, &Self) -> R,
    ) -> R {
        let TracingStart {
            sites,
            caller: _caller,
            ..
        } = start;
        match *sites {}
    }

    pub(crate) fn start(start: TracingStart<'_>) -> (StartedSpan<'_>, Option<Self>) {
        let TracingStart {
            sites,
            caller: _caller,
            ..
        } = start;
        match *sites {}
    }

    pub(crate) fn is_enabled(&self) -> bool {
        match *self {}
    }

    pub(crate) fn within<R>(&self, _: impl FnOnce() -> R) -> R {
        match *self {}
    }

    pub(crate) fn record(&self, _: &'static str, _: &Value, _: bool) {
        match *self {}
    }

    pub(crate) fn record_return(&self, _: &Value) {
        match *self {}
    }

    pub(crate) fn record_error(&self, _: &str) -> bool {
        match *self {}
    }
}

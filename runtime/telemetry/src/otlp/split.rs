//! Splits a request that is too large for its collector.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

/// Returns the number of spans.
pub(super) fn len(request: &ExportTraceServiceRequest) -> usize {
    scopes(request).map(|scope| scope.spans.len()).sum()
}

fn scopes(request: &ExportTraceServiceRequest) -> impl Iterator<Item = &ScopeSpans> {
    request
        .resource_spans
        .iter()
        .flat_map(|resource| &resource.scope_spans)
}

/// Moves the first half of the spans out of the request, with their resource and scope.
pub(super) fn first_half(request: &mut ExportTraceServiceRequest) -> ExportTraceServiceRequest {
    let mut left = len(request) / 2;
    let mut half = ExportTraceServiceRequest::default();
    for resource in &mut request.resource_spans {
        let mut scope_spans = Vec::new();
        for scope in &mut resource.scope_spans {
            let taken = left.min(scope.spans.len());
            if taken > 0 {
                left -= taken;
                scope_spans.push(ScopeSpans {
                    scope: scope.scope.clone(),
                    spans: scope.spans.drain(..taken).collect(),
                    schema_url: scope.schema_url.clone(),
                });
            }
        }
        resource.scope_spans.retain(|scope| !scope.spans.is_empty());
        if !scope_spans.is_empty() {
            half.resource_spans.push(ResourceSpans {
                resource: resource.resource.clone(),
                scope_spans,
                schema_url: resource.schema_url.clone(),
            });
        }
    }
    request
        .resource_spans
        .retain(|resource| !resource.scope_spans.is_empty());
    half
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
    use opentelemetry_proto::tonic::trace::v1::Span;

    use super::*;

    fn request(scopes: &[&[&str]]) -> ExportTraceServiceRequest {
        let scope = |(index, names): (usize, &&[&str])| ScopeSpans {
            scope: Some(InstrumentationScope {
                name: format!("scope {index}"),
                ..Default::default()
            }),
            spans: names.iter().map(|name| span(name)).collect(),
            ..Default::default()
        };
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: scopes.iter().enumerate().map(scope).collect(),
                schema_url: "schema".into(),
                ..Default::default()
            }],
        }
    }

    fn span(name: &str) -> Span {
        Span {
            name: name.into(),
            ..Default::default()
        }
    }

    /// Returns the names of the scopes with those of their spans.
    fn names(request: &ExportTraceServiceRequest) -> Vec<(String, Vec<String>)> {
        let name = |scope: &ScopeSpans| {
            let spans = scope.spans.iter().map(|span| span.name.clone());
            let scope = scope.scope.clone().unwrap_or_default();
            (scope.name, spans.collect())
        };
        scopes(request).map(name).collect()
    }

    #[test]
    fn each_span_is_in_one_half_with_its_resource_and_scope() {
        let mut rest = request(&[&["a", "b", "c"], &["d", "e"]]);
        let half = first_half(&mut rest);
        let scope = |index, spans: &[&str]| {
            let spans = spans.iter().map(|&name| name.to_owned()).collect();
            (format!("scope {index}"), spans)
        };
        assert_eq!(names(&half), [scope(0, &["a", "b"])]);
        assert_eq!(names(&rest), [scope(0, &["c"]), scope(1, &["d", "e"])]);
        assert_eq!(half.resource_spans[0].schema_url, "schema");
        let quarter = first_half(&mut rest);
        assert_eq!((len(&quarter), len(&rest)), (1, 2));
        assert_eq!(names(&rest), [scope(1, &["d", "e"])]);
    }

    #[test]
    fn one_span_has_no_first_half() {
        let mut rest = request(&[&["a"]]);
        assert_eq!(len(&first_half(&mut rest)), 0);
        assert_eq!(len(&rest), 1);
    }
}

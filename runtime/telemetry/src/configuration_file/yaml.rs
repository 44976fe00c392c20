//! The nodes of a YAML document.

use std::collections::HashMap;
use std::ffi::OsString;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};

use super::node::{Kind, Node, Scalar, Size, Value};
use super::substitution::substitute;

/// The most nodes in a file, with those of its aliases.
const MAX_NODES: usize = 10_000;

/// The most bytes in its texts, with those of its aliases and variables.
const MAX_TEXT: usize = 4 * 1024 * 1024;

const MAX_DEPTH: usize = 64;

/// Returns the file's only document, or a sentence without a subject.
pub(super) fn parse(text: &str, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Node, String> {
    let mut builder = Builder {
        lookup,
        open: Vec::new(),
        anchors: HashMap::new(),
        size: Size::default(),
        root: None,
    };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| at(*error.marker(), error.info()))?;
        builder
            .add(event, span.start)
            .map_err(|problem| at(span.start, &problem))?;
    }
    Ok(builder.root.unwrap_or_else(|| Node {
        line: 1,
        kind: Kind::Scalar(scalar(Value::Null)),
    }))
}

fn at(place: Marker, problem: &str) -> String {
    format!(
        "line {}, column {}: {problem}",
        place.line(),
        place.col() + 1
    )
}

fn scalar(value: Value) -> Scalar {
    Scalar { value, shown: None }
}

struct Builder<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    /// The collections that have begun, each in the one before it.
    open: Vec<Collection>,
    anchors: HashMap<usize, Node>,
    size: Size,
    root: Option<Node>,
}

struct Collection {
    anchor: usize,
    /// The key whose value is next.
    key: Option<String>,
    node: Node,
}

impl Builder<'_> {
    fn add(&mut self, event: Event<'_>, place: Marker) -> Result<(), String> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err("is a second document: expected one".to_owned())
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.takes_key() {
                    return self.key(text.into_owned());
                }
                let scalar = self.scalar(&text, style, tag.as_deref())?;
                self.grow(scalar.size())?;
                self.end(place.line(), Kind::Scalar(scalar), anchor)
            }
            Event::Alias(anchor) => {
                if self.takes_key() {
                    return Err("has an alias as a key".to_owned());
                }
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or("has an alias of a node that it is in")?;
                self.grow(node.size())?;
                self.put(node)
            }
            Event::SequenceStart(anchor, tag) => self.begin(
                place.line(),
                anchor,
                tag.as_deref(),
                Kind::Sequence(Vec::new()),
            ),
            Event::MappingStart(anchor, tag) => self.begin(
                place.line(),
                anchor,
                tag.as_deref(),
                Kind::Mapping(Vec::new()),
            ),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Collection { anchor, node, .. }) => self.end(node.line, node.kind, anchor),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Returns whether the next node is a key.
    fn takes_key(&self) -> bool {
        self.open.last().is_some_and(|collection| {
            collection.key.is_none() && matches!(collection.node.kind, Kind::Mapping(_))
        })
    }

    /// A key is not substituted.
    fn key(&mut self, key: String) -> Result<(), String> {
        if let Some(collection) = self.open.last_mut()
            && let Kind::Mapping(entries) = &collection.node.kind
        {
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(format!(
                    "has the key {} a second time",
                    super::property::name(&key)
                ));
            }
            collection.key = Some(key);
        }
        Ok(())
    }

    fn begin(
        &mut self,
        line: usize,
        anchor: usize,
        tag: Option<&Tag>,
        kind: Kind,
    ) -> Result<(), String> {
        if self.takes_key() {
            return Err("has a collection as a key".to_owned());
        }
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema()) {
            return Err(UNKNOWN_TAG.to_owned());
        }
        if self.open.len() == MAX_DEPTH {
            return Err(format!("is nested deeper than {MAX_DEPTH} levels"));
        }
        self.grow(Size { nodes: 1, text: 0 })?;
        self.open.push(Collection {
            anchor,
            key: None,
            node: Node { line, kind },
        });
        Ok(())
    }

    /// Ends a node.
    fn end(&mut self, line: usize, kind: Kind, anchor: usize) -> Result<(), String> {
        let node = Node { line, kind };
        // The parser's anchors begin with 1.
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        self.put(node)
    }

    fn put(&mut self, node: Node) -> Result<(), String> {
        let Some(collection) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut collection.node.kind {
            Kind::Sequence(items) => items.push(node),
            Kind::Mapping(entries) => {
                let key = collection.key.take().ok_or("has a value without a key")?;
                entries.push((key, node));
            }
            Kind::Scalar(_) => {}
        }
        Ok(())
    }

    fn grow(&mut self, size: Size) -> Result<(), String> {
        self.size += size;
        if self.size.nodes > MAX_NODES {
            return Err(format!("has more than {MAX_NODES} nodes, with its aliases"));
        }
        if self.size.text > MAX_TEXT {
            return Err(TOO_MUCH_TEXT.to_owned());
        }
        Ok(())
    }

    /// The type is found after the substitution, and quotes make a text.
    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Scalar, String> {
        let substituted = substitute(text, self.lookup, MAX_TEXT)?;
        let shown = substituted.is_none().then(|| text.to_owned());
        let text = substituted.unwrap_or_else(|| text.to_owned());
        let value = match tag {
            None if style == ScalarStyle::Plain => Value::of_plain(&text),
            None => Value::Text(text),
            Some(tag) => tagged(&text, tag)?,
        };
        Ok(Scalar { value, shown })
    }
}

/// The text of a file is shorter than that.
const TOO_MUCH_TEXT: &str = "has too much text, with its aliases and variables";

const UNKNOWN_TAG: &str = "has a tag that is not known";

fn tagged(text: &str, tag: &Tag) -> Result<Value, String> {
    if tag.handle.is_empty() && tag.suffix == "!" {
        return Ok(Value::Text(text.to_owned()));
    }
    if !tag.is_yaml_core_schema() {
        return Err(UNKNOWN_TAG.to_owned());
    }
    match (tag.suffix.as_str(), Value::of_plain(text)) {
        ("str", _) => Ok(Value::Text(text.to_owned())),
        ("null", value @ Value::Null)
        | ("bool", value @ Value::Bool(_))
        | ("int", value @ Value::Int(_))
        | ("float", value @ Value::Float(_)) => Ok(value),
        #[expect(clippy::cast_precision_loss, reason = "that is what the tag asks for")]
        ("float", Value::Int(integer)) => Ok(Value::Float(integer as f64)),
        ("null" | "bool" | "int" | "float", _) => {
            Err("has a tag that its value does not conform to".to_owned())
        }
        _ => Err(UNKNOWN_TAG.to_owned()),
    }
}

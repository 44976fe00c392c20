//! What `fields(..)` records: the value of an expression, chosen by its type.
//!
//! The choice is made by method resolution: `(&&&Probe(&expression)).__value()` takes the first
//! trait below that applies, because each is implemented one reference further in.
//! The underscores keep clear of methods that a trait of the user's gives to every type.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display};
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

use opentelemetry::{Array, StringValue, Value};

/// A borrowed expression, to ask for its value.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// First choice: a type that attributes know.
pub trait ByNative {
    /// The value as it is.
    fn __value(&self) -> Value;
}

impl<T: Native + ?Sized> ByNative for &&Probe<'_, T> {
    fn __value(&self) -> Value {
        self.0.to_value()
    }
}

/// Second choice: a type that says itself how it becomes a value.
pub trait ByInto {
    /// The value that a clone turns into.
    fn __value(&self) -> Value;
}

impl<T: Clone + Into<Value>> ByInto for &Probe<'_, T> {
    fn __value(&self) -> Value {
        self.0.clone().into()
    }
}

/// Otherwise: the error that says what to write instead.
pub trait ByRequirement {
    /// The type of the expression.
    type Field: ?Sized;

    /// Never called, because nothing is a [`FieldValue`]. The bound stands on the method so that
    /// the method is found, and the error is about the bound.
    fn __value(&self) -> Value
    where
        Self::Field: FieldValue;
}

impl<T: ?Sized> ByRequirement for Probe<'_, T> {
    type Field = T;

    fn __value(&self) -> Value
    where
        T: FieldValue,
    {
        self.0.to_value()
    }
}

/// What a field needs that is neither native nor `Into<Value>`. Nothing implements it, so that the
/// compiler has no list of other types to offer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value that a field can hold",
    label = "neither a number, a `bool` or a string, nor `Clone + Into<opentelemetry::Value>`",
    note = "write `key = %expression` to record it by `Display`, `key = ?expression` to record it by `Debug`"
)]
pub trait FieldValue: Native {}

/// The value of `key = %expression`.
pub fn display<T: Display + ?Sized>(value: &T) -> Value {
    formatted(format_args!("{value}"))
}

/// The value of `key = ?expression`.
pub fn debug<T: Debug + ?Sized>(value: &T) -> Value {
    formatted(format_args!("{value:?}"))
}

fn formatted(arguments: fmt::Arguments<'_>) -> Value {
    text(arguments).map_or(Value::from("(its formatting panicked)"), Value::from)
}

/// Formats, and survives a panic of the user's own formatting code: what is recorded of a worker
/// never decides whether it runs.
pub(crate) fn text(arguments: fmt::Arguments<'_>) -> Option<String> {
    panic::catch_unwind(AssertUnwindSafe(|| arguments.to_string()))
        // A payload may panic when it is dropped.
        .map_err(std::mem::forget)
        .ok()
}

/// A type that attributes know.
pub trait Native {
    /// The value as it is.
    fn to_value(&self) -> Value;
}

impl<T: Native + ?Sized> Native for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: Native + ?Sized> Native for &mut T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

macro_rules! native {
    ($($type:ty: |$this:ident| $value:expr;)*) => {
        $(impl Native for $type {
            fn to_value(&self) -> Value {
                let $this = self;
                $value
            }
        })*
    };
}

native! {
    bool: |this| Value::Bool(*this);
    f32: |this| Value::F64(f64::from(*this));
    f64: |this| Value::F64(*this);
    char: |this| Value::from(this.to_string());
    str: |this| Value::from(this.to_owned());
    String: |this| Value::from(this.clone());
    Cow<'_, str>: |this| Value::from(this.clone().into_owned());
    Box<str>: |this| Value::from(String::from(&**this));
    Rc<str>: |this| Value::from(String::from(&**this));
    Arc<str>: |this| Value::from(Arc::clone(this));
    StringValue: |this| Value::String(this.clone());
    Array: |this| Value::Array(this.clone());
    Value: |this| this.clone();
}

/// An attribute's integer is an `i64`; what does not fit is recorded in decimal, never wrapped.
macro_rules! native_integers {
    ($($type:ty)*) => { native! { $(
        $type: |this| i64::try_from(*this).map_or_else(|_| Value::from(this.to_string()), Value::I64);
    )* } };
}

native_integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

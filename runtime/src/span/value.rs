//! The values that `fields(..)` records.
//!
//! `(&&&Autoref(&expression)).__value()` takes the first trait below that applies
//! ([autoref specialization](super::autoref)).

use std::borrow::Cow;
use std::fmt::{self, Debug, Display};
use std::rc::Rc;
use std::sync::Arc;

use opentelemetry::{Array, StringValue, Value};

use super::autoref::Autoref;
use super::text;

/// First choice: a type that attributes know.
pub trait ByNative {
    /// Returns the value.
    fn __value(&self) -> Value;
}

impl<T: Native + ?Sized> ByNative for &&Autoref<'_, T> {
    fn __value(&self) -> Value {
        self.0.to_value()
    }
}

/// Second choice: a type that converts into a value.
pub trait ByInto {
    /// Returns what a clone converts into.
    fn __value(&self) -> Value;
}

impl<T: Clone + Into<Value>> ByInto for &Autoref<'_, T> {
    fn __value(&self) -> Value {
        self.0.clone().into()
    }
}

/// Otherwise: the error that says what to write instead.
pub trait ByRequirement {
    /// The type of the expression.
    type Field: ?Sized;

    /// Does not compile, because nothing is a [`FieldValue`]. The bound is on the method, so that the
    /// method is found, and the error is about the bound.
    fn __value(&self) -> Value
    where
        Self::Field: FieldValue;
}

impl<T: ?Sized> ByRequirement for Autoref<'_, T> {
    type Field = T;

    fn __value(&self) -> Value
    where
        T: FieldValue,
    {
        self.0.to_value()
    }
}

/// A type that a field can hold. Nothing implements it, so that the compiler has no other types to
/// list in its error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value that a field can hold",
    label = "neither a number, a `bool` or a string, nor `Clone + Into<opentelemetry::Value>`",
    note = "write `key = %expression` to record it by `Display`, `key = ?expression` to record it by `Debug`"
)]
pub trait FieldValue: Native {}

/// Returns the value of `key = %expression`.
pub fn display<T: Display + ?Sized>(value: &T) -> Value {
    formatted(format_args!("{value}"))
}

/// Returns the value of `key = ?expression`.
pub fn debug<T: Debug + ?Sized>(value: &T) -> Value {
    formatted(format_args!("{value:?}"))
}

fn formatted(arguments: fmt::Arguments<'_>) -> Value {
    text::format(arguments).map_or(Value::from("(its formatting panicked)"), Value::from)
}

/// A type that attributes know.
pub trait Native {
    /// Returns the value.
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
    str: |this| Value::from(text::copy(this));
    String: |this| Value::from(text::copy(this));
    Cow<'_, str>: |this| Value::from(text::copy(this));
    Box<str>: |this| Value::from(text::copy(this));
    Rc<str>: |this| Value::from(text::copy(this));
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

//! What `ret` records: the value that a worker returned, of a `Result` only the `Ok`.
//!
//! The choice is made by method resolution: `(&&&&&&&Probe(&output)).__returned()` takes the first
//! trait below that applies, because each is implemented one reference further in.
//! The underscores keep clear of methods that a trait of the user's gives to every type.

use std::fmt::{Debug, Display};

use opentelemetry::Value;

use super::WorkerSpan;
use super::value::{self, Native};

const KEY: &str = "return";

/// Records the value that was returned.
pub fn record(span: &WorkerSpan<'_>, value: Option<Value>) {
    if let Some(value) = value {
        span.field(KEY, value);
    }
}

/// What a worker returned, to ask for the value to record.
#[derive(Debug)]
pub struct Probe<'a, T>(pub &'a T);

macro_rules! choices {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident: impl[$($generics:tt)*] $probe:ty, |$this:ident| $value:expr;
    )*) => {
        $(
            $(#[doc = $doc])*
            pub trait $name {
                /// The value to record, if there is one.
                fn __returned(&self) -> Option<Value>;
            }

            impl<$($generics)*> $name for $probe {
                fn __returned(&self) -> Option<Value> {
                    let $this = self.0;
                    $value
                }
            }
        )*
    };
}

choices! {
    /// First choice: a `Result` of a type that attributes know.
    ByResultNative: impl[T: Native, E] &&&&&&Probe<'_, Result<T, E>>, |output| output.as_ref().ok().map(T::to_value);
    /// Second choice: a `Result` of a type that has [`Display`].
    ByResultDisplay: impl[T: Display, E] &&&&&Probe<'_, Result<T, E>>, |output| output.as_ref().ok().map(value::display);
    /// Third choice: a `Result` of a type that has [`Debug`].
    ByResultDebug: impl[T: Debug, E] &&&&Probe<'_, Result<T, E>>, |output| output.as_ref().ok().map(value::debug);
    /// Fourth choice: a type that attributes know.
    ByNative: impl[T: Native] &&&Probe<'_, T>, |output| Some(output.to_value());
    /// Fifth choice: a type that has [`Display`].
    ByDisplay: impl[T: Display] &&Probe<'_, T>, |output| Some(value::display(output));
    /// Sixth choice: a type that has [`Debug`].
    ByDebug: impl[T: Debug] &Probe<'_, T>, |output| Some(value::debug(output));
}

/// Otherwise: the error that says what is missing.
pub trait ByRequirement {
    /// What was returned.
    type Output;

    /// Never called, because nothing is a [`ReturnValue`]. The bound stands on the method so that
    /// the method is found, and the error is about the bound.
    fn __returned(&self) -> Option<Value>
    where
        Self::Output: ReturnValue;
}

impl<T> ByRequirement for Probe<'_, T> {
    type Output = T;

    fn __returned(&self) -> Option<Value>
    where
        T: ReturnValue,
    {
        Some(self.0.to_value())
    }
}

/// What `ret` needs where there is neither a native value, `Display` nor `Debug`. Nothing
/// implements it, so that the compiler has no list of other types to offer.
#[diagnostic::on_unimplemented(
    message = "`ret` cannot record a `{Self}`",
    label = "neither a number, a `bool` or a string, nor `Display`, nor `Debug`",
    note = "derive `Debug` for the value that is returned (of a `Result`, the `Ok`), or leave out `ret`"
)]
pub trait ReturnValue: Native {}

/// First choice of `ret(Display)` and `ret(Debug)`: a `Result`, of which the `Ok` is recorded.
pub trait ResultFirst {
    /// The type of the `Ok`.
    type Success;

    /// The value by `Display`.
    fn __display(&self) -> Option<Value>
    where
        Self::Success: Display;

    /// The value by `Debug`.
    fn __debug(&self) -> Option<Value>
    where
        Self::Success: Debug;
}

impl<T, E> ResultFirst for &Probe<'_, Result<T, E>> {
    type Success = T;

    fn __display(&self) -> Option<Value>
    where
        T: Display,
    {
        self.0.as_ref().ok().map(value::display)
    }

    fn __debug(&self) -> Option<Value>
    where
        T: Debug,
    {
        self.0.as_ref().ok().map(value::debug)
    }
}

/// Otherwise: the value itself.
pub trait Plain {
    /// What was returned.
    type Output;

    /// The value by `Display`.
    fn __display(&self) -> Option<Value>
    where
        Self::Output: Display;

    /// The value by `Debug`.
    fn __debug(&self) -> Option<Value>
    where
        Self::Output: Debug;
}

impl<T> Plain for Probe<'_, T> {
    type Output = T;

    fn __display(&self) -> Option<Value>
    where
        T: Display,
    {
        Some(value::display(self.0))
    }

    fn __debug(&self) -> Option<Value>
    where
        T: Debug,
    {
        Some(value::debug(self.0))
    }
}

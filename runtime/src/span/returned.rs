//! The value that `ret` records: the returned value, and of a `Result` the `Ok`.
//!
//! `(&&&&&&&Autoref(&output)).__returned()` takes the first trait below that applies
//! ([autoref specialization](super::autoref)).

use std::fmt::{Debug, Display};

use opentelemetry::Value;

use super::WorkerSpan;
use super::autoref::Autoref;
use super::value::{self, Native};

const KEY: &str = "return";

/// Records the returned value.
pub fn record(span: &WorkerSpan<'_>, value: Option<Value>) {
    if let Some(value) = value {
        span.record_return(KEY, value);
    }
}

macro_rules! choices {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident: impl[$($generics:tt)*] $autoref:ty, |$this:ident| $value:expr;
    )*) => {
        $(
            $(#[doc = $doc])*
            pub trait $name {
                /// Returns the value to record, if there is one.
                fn __returned(&self) -> Option<Value>;
            }

            impl<$($generics)*> $name for $autoref {
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
    ByResultNative: impl[T: Native, E] &&&&&&Autoref<'_, Result<T, E>>, |output| output.as_ref().ok().map(T::to_value);
    /// Second choice: a `Result` of a type that has [`Display`].
    ByResultDisplay: impl[T: Display, E] &&&&&Autoref<'_, Result<T, E>>, |output| output.as_ref().ok().map(value::display);
    /// Third choice: a `Result` of a type that has [`Debug`].
    ByResultDebug: impl[T: Debug, E] &&&&Autoref<'_, Result<T, E>>, |output| output.as_ref().ok().map(value::debug);
    /// Fourth choice: a type that attributes know.
    ByNative: impl[T: Native] &&&Autoref<'_, T>, |output| Some(output.to_value());
    /// Fifth choice: a type that has [`Display`].
    ByDisplay: impl[T: Display] &&Autoref<'_, T>, |output| Some(value::display(output));
    /// Sixth choice: a type that has [`Debug`].
    ByDebug: impl[T: Debug] &Autoref<'_, T>, |output| Some(value::debug(output));
}

/// Otherwise: the error that says what is missing.
pub trait ByRequirement {
    /// The type of the returned value.
    type Output;

    /// Does not compile, because nothing is a [`ReturnValue`]. The bound is on the method, so that
    /// the method is found, and the error is about the bound.
    fn __returned(&self) -> Option<Value>
    where
        Self::Output: ReturnValue;
}

impl<T> ByRequirement for Autoref<'_, T> {
    type Output = T;

    fn __returned(&self) -> Option<Value>
    where
        T: ReturnValue,
    {
        Some(self.0.to_value())
    }
}

/// A type that `ret` can record. Nothing implements it, so that the compiler has no other types to
/// list in its error.
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

    /// Returns the value, formatted with `Display`.
    fn __display(&self) -> Option<Value>
    where
        Self::Success: Display;

    /// Returns the value, formatted with `Debug`.
    fn __debug(&self) -> Option<Value>
    where
        Self::Success: Debug;
}

impl<T, E> ResultFirst for &Autoref<'_, Result<T, E>> {
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
    /// The type of the returned value.
    type Output;

    /// Returns the value, formatted with `Display`.
    fn __display(&self) -> Option<Value>
    where
        Self::Output: Display;

    /// Returns the value, formatted with `Debug`.
    fn __debug(&self) -> Option<Value>
    where
        Self::Output: Debug;
}

impl<T> Plain for Autoref<'_, T> {
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

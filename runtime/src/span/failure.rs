//! The error in what a worker returned, recognised by type, with the best text that it offers.
//!
//! The choice is made by method resolution: `(&&&&&Probe(&output)).__failure()` takes the first
//! trait below that applies, because each is implemented one reference further in.
//! The underscores keep clear of methods that a trait of the user's gives to every type.

use std::any;
use std::error::Error;
use std::fmt::{self, Debug, Display};

use super::value;

/// An error that a worker returned.
pub struct Failure<'a> {
    error_type: &'static str,
    text: Text<'a>,
}

enum Text<'a> {
    Display(&'a dyn Display),
    Debug(&'a dyn Debug),
    None,
}

impl<'a> Failure<'a> {
    fn new<E>(text: Text<'a>) -> Self {
        Self {
            error_type: any::type_name::<E>(),
            text,
        }
    }

    /// The name of the error's type.
    pub(crate) fn error_type(&self) -> &'static str {
        self.error_type
    }

    /// The error's text, formatted now; `None` if its type offers none, or if formatting panics.
    pub(crate) fn message(&self) -> Option<String> {
        match self.text {
            Text::Display(error) => value::text(format_args!("{error}")),
            Text::Debug(error) => value::text(format_args!("{error:?}")),
            Text::None => None,
        }
    }
}

impl Debug for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("error_type", &self.error_type)
            .finish_non_exhaustive()
    }
}

/// What a worker returned, to ask for its failure.
#[derive(Debug)]
pub struct Probe<'a, T>(pub &'a T);

/// First choice: a `Result` whose error is an [`Error`].
pub trait ByError<'a> {
    /// The error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E: Error> ByError<'a> for &&&&Probe<'a, Result<T, E>> {
    fn __failure(&self) -> Option<Failure<'a>> {
        display(self.0)
    }
}

/// Second choice: a `Result` whose error has [`Display`]: `String`, `anyhow::Error`, `Box<dyn Error>`.
pub trait ByDisplay<'a> {
    /// The error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E: Display> ByDisplay<'a> for &&&Probe<'a, Result<T, E>> {
    fn __failure(&self) -> Option<Failure<'a>> {
        display(self.0)
    }
}

/// Third choice: a `Result` whose error has [`Debug`].
pub trait ByDebug<'a> {
    /// The error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E: Debug> ByDebug<'a> for &&Probe<'a, Result<T, E>> {
    fn __failure(&self) -> Option<Failure<'a>> {
        debug(self.0)
    }
}

/// Fourth choice: any other `Result`; the error has a type, and no text.
pub trait ByType<'a> {
    /// The error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T, E> ByType<'a> for &Probe<'a, Result<T, E>> {
    fn __failure(&self) -> Option<Failure<'a>> {
        self.0.is_err().then(|| Failure::new::<E>(Text::None))
    }
}

/// Otherwise: not a `Result`, so never a failure.
pub trait Infallible<'a> {
    /// No failure.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T> Infallible<'a> for Probe<'a, T> {
    fn __failure(&self) -> Option<Failure<'a>> {
        None
    }
}

/// The failure under `err(Display)`.
pub fn display<T, E: Display>(output: &Result<T, E>) -> Option<Failure<'_>> {
    let error = output.as_ref().err()?;
    Some(Failure::new::<E>(Text::Display(error)))
}

/// The failure under `err(Debug)`.
pub fn debug<T, E: Debug>(output: &Result<T, E>) -> Option<Failure<'_>> {
    let error = output.as_ref().err()?;
    Some(Failure::new::<E>(Text::Debug(error)))
}

/// The failure under `err(None)`.
pub fn none<T>(output: &Option<T>) -> Option<Failure<'_>> {
    output.is_none().then_some(Failure {
        error_type: "None",
        text: Text::Display(&"the worker returned `None`"),
    })
}

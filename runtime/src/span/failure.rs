//! The error that a worker returned, recognised by type, with the best text that it has.
//!
//! `(&&&&&Autoref(&output)).__failure()` takes the first trait below that applies
//! ([autoref specialization](super::autoref)). In generic code the choice is made by the bounds of a
//! type parameter: an output `T` that turns out to be a `Result` is not recognised.

use std::any;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::task::Poll;

use super::autoref::Autoref;
use super::text;

/// An error that a worker returned.
pub struct Failure<'a> {
    error_type: &'static str,
    text: Text<'a>,
}

enum Text<'a> {
    Error(&'a dyn Error),
    /// `{:#}`.
    Alternate(&'a dyn Display),
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

    /// Returns the name of the error's type.
    pub(crate) fn error_type(&self) -> &'static str {
        self.error_type
    }

    /// Formats the error, with its causes where they are known, as far as the limit of a text.
    /// Returns `None` if its type has no text, or if formatting panics.
    pub(crate) fn message(&self) -> Option<String> {
        match self.text {
            Text::Error(error) => text::with_causes(error),
            Text::Alternate(error) => text::format(format_args!("{error:#}")),
            Text::Display(error) => text::format(format_args!("{error}")),
            Text::Debug(error) => text::format(format_args!("{error:?}")),
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

/// A type whose values may be errors: a `Result`, alone or in an `Option` or a `Poll`.
pub trait Fallible {
    /// The type of the error.
    type Error;

    /// Returns the error, if there is one.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

impl<T, E> Fallible for Option<Result<T, E>> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        self.as_ref()?.error()
    }
}

impl<T, E> Fallible for Poll<Result<T, E>> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        match self {
            Self::Ready(result) => result.error(),
            Self::Pending => None,
        }
    }
}

impl<T, E> Fallible for Poll<Option<Result<T, E>>> {
    type Error = E;

    fn error(&self) -> Option<&E> {
        match self {
            Self::Ready(result) => result.error(),
            Self::Pending => None,
        }
    }
}

/// An error in a `Box`, which is no [`Error`] itself.
pub trait BoxedError {
    /// Returns the error in the box.
    fn as_error(&self) -> &dyn Error;
}

macro_rules! boxed_errors {
    ($($error:ty)*) => {
        $(impl BoxedError for Box<$error> {
            fn as_error(&self) -> &dyn Error {
                &**self
            }
        })*
    };
}

boxed_errors! { dyn Error dyn Error + Send dyn Error + Send + Sync }

/// First choice: the error is an [`Error`].
pub trait ByError<'a> {
    /// Returns the error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, R: Fallible<Error: Error>> ByError<'a> for &&&&Autoref<'a, R> {
    fn __failure(&self) -> Option<Failure<'a>> {
        let error = self.0.error()?;
        Some(Failure::new::<R::Error>(Text::Error(error)))
    }
}

/// First choice, too: the error is an [`Error`] in a `Box`. No type is both.
pub trait ByBoxedError<'a> {
    /// Returns the error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, R: Fallible<Error: BoxedError>> ByBoxedError<'a> for &&&&Autoref<'a, R> {
    fn __failure(&self) -> Option<Failure<'a>> {
        let error = self.0.error()?;
        Some(Failure::new::<R::Error>(Text::Error(error.as_error())))
    }
}

/// Second choice: the error has [`Display`]: `String`, `anyhow::Error`, `eyre::Report`.
///
/// Types that hold an error and are none themselves show its causes in their alternate form. For most
/// other types both forms are the same.
pub trait ByDisplay<'a> {
    /// Returns the error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, R: Fallible<Error: Display>> ByDisplay<'a> for &&&Autoref<'a, R> {
    fn __failure(&self) -> Option<Failure<'a>> {
        let error = self.0.error()?;
        Some(Failure::new::<R::Error>(Text::Alternate(error)))
    }
}

/// Third choice: the error has [`Debug`].
pub trait ByDebug<'a> {
    /// Returns the error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, R: Fallible<Error: Debug>> ByDebug<'a> for &&Autoref<'a, R> {
    fn __failure(&self) -> Option<Failure<'a>> {
        let error = self.0.error()?;
        Some(Failure::new::<R::Error>(Text::Debug(error)))
    }
}

/// Fourth choice: any other error, which has a type and no text.
pub trait ByType<'a> {
    /// Returns the error, if there is one.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, R: Fallible> ByType<'a> for &Autoref<'a, R> {
    fn __failure(&self) -> Option<Failure<'a>> {
        self.0.error()?;
        Some(Failure::new::<R::Error>(Text::None))
    }
}

/// Otherwise: not [`Fallible`], so never a failure.
pub trait Infallible<'a> {
    /// Returns `None`.
    fn __failure(&self) -> Option<Failure<'a>>;
}

impl<'a, T> Infallible<'a> for Autoref<'a, T> {
    fn __failure(&self) -> Option<Failure<'a>> {
        None
    }
}

/// Returns the failure under `err(Display)`.
pub fn display<T, E: Display>(output: &Result<T, E>) -> Option<Failure<'_>> {
    let error = output.as_ref().err()?;
    Some(Failure::new::<E>(Text::Display(error)))
}

/// Returns the failure under `err(Debug)`.
pub fn debug<T, E: Debug>(output: &Result<T, E>) -> Option<Failure<'_>> {
    let error = output.as_ref().err()?;
    Some(Failure::new::<E>(Text::Debug(error)))
}

/// Returns the failure under `err(None)`.
pub fn none<T>(output: &Option<T>) -> Option<Failure<'_>> {
    output.is_none().then_some(Failure {
        error_type: "None",
        text: Text::Display(&"the worker returned `None`"),
    })
}

//! Autoref specialization: generated code chooses by the type of a value how it is recorded.
//!
//! Method resolution makes the choice. Of the traits that [`failure`], [`returned`] and [`value`]
//! list for it, each is implemented for [`Autoref`] behind one reference less than the one before.
//! So `(&&&Autoref(&expression)).__value()` calls the method of the first of them that applies to the
//! type of the expression, because a receiver with fewer dereferences comes first. The names of the
//! methods begin with underscores, so that no trait of the user's has a method of that name.
//!
//! [`failure`]: super::failure
//! [`returned`]: super::returned
//! [`value`]: super::value

/// A value, borrowed to choose by its type.
#[derive(Debug)]
pub struct Autoref<'a, T: ?Sized>(pub &'a T);

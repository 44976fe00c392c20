//! Errors of a job: a message that was taken, and gave no output.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Mutex;

/// Why a job has no output.
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    /// The worker panicked.
    Panicked(Panic),
    /// The message was never run: the pool's shutdown reached its deadline first.
    Abandoned,
    /// The message was never run: its thread's state could not be made again after a panic.
    State(Box<str>),
    /// A batch worker returned another number of outputs than it got messages, so that it cannot
    /// be told whose they are.
    BatchLength {
        /// How many messages it got.
        messages: usize,
        /// How many outputs it returned.
        outputs: usize,
    },
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => write!(f, "the worker panicked: {}", panic.message()),
            Self::Abandoned => f.write_str("the job was abandoned: its pool was shut down first"),
            Self::State(reason) => write!(f, "the worker's state could not be made: {reason}"),
            Self::BatchLength { messages, outputs } => write!(
                f,
                "the batch worker got {messages} messages and returned {outputs} outputs: \
                 it must return one for each message, in their order"
            ),
        }
    }
}

impl Error for JobError {}

/// A panic of a worker, caught.
pub struct Panic {
    message: Box<str>,
    /// In a mutex so that the error is `Sync`, as `Box<dyn Error + Send + Sync>` asks.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl Panic {
    pub(crate) fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&'static str>() {
            (*text).into()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.as_str().into()
        } else {
            "a panic whose payload is not text".into()
        };
        Self {
            message,
            payload: Mutex::new(payload),
        }
    }

    /// The same panic for another job that it ended. A payload cannot be copied: its is the text.
    pub(crate) fn retold(&self) -> Self {
        Self {
            message: self.message.clone(),
            payload: Mutex::new(Box::new(String::from(&*self.message))),
        }
    }

    /// The text that the worker panicked with, where it was text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the worker panicked with, for example to go on panicking with
    /// [`std::panic::resume_unwind`].
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic")
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}

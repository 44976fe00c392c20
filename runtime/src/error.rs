//! Errors: small, one for each kind of operation, and they hand the message back.
//!
//! Their `Debug` shows no message, so that none has to have one.

mod channel;
mod dispatch;
mod job;
mod start;

pub use channel::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use dispatch::{CallError, DispatchError};
pub use job::{JobError, Panic};
pub use start::StartError;

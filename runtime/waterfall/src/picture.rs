//! The choice of the traces that are drawn.

use crate::trace::FinishedTrace;

/// The traces that [`Picture::Slowest`] keeps at most.
const MOST_SLOWEST: usize = 256;

/// The traces of a batch that are drawn: a reader cannot take in more.
const DRAWN: usize = 8;

/// The choice of the traces that are drawn: see
/// [`WaterfallBuilder::picture`](crate::WaterfallBuilder::picture).
///
/// # Examples
///
/// ```
/// use traced_worker_waterfall::{Picture, Waterfall};
///
/// let waterfall = Waterfall::builder().picture(Picture::OnError).build()?;
/// # drop(waterfall);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Picture {
    /// Draws every trace. If more than 8 finish at the same time, those with errors are drawn first,
    /// then the slowest, and the others are counted.
    #[default]
    Always,
    /// Draws traces with an error in one of their spans, and nothing of the others.
    ///
    /// A flush draws finished traces, and a shutdown also those that are unfinished.
    OnError,
    /// Draws this many traces, the slowest, at a flush or a shutdown, and counts the others.
    ///
    /// A flush draws finished traces, and a shutdown also those that are unfinished. A number above
    /// 256 counts as 256.
    Slowest(usize),
}

impl Picture {
    /// Returns whether a trace is drawn or counted at all.
    pub(crate) fn takes(self, trace: &FinishedTrace) -> bool {
        match self {
            Self::Always | Self::Slowest(_) => true,
            Self::OnError => trace.failed,
        }
    }

    /// Returns whether traces are drawn when they have finished, not at a flush only.
    pub(crate) fn is_live(self) -> bool {
        !matches!(self, Self::Slowest(_))
    }

    /// Returns whether a flush draws the ended spans of unfinished traces.
    pub(crate) fn draws_unfinished(self) -> bool {
        matches!(self, Self::Always)
    }

    /// The most traces that are drawn at one time.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::Always | Self::OnError => DRAWN,
            Self::Slowest(number) => number.min(MOST_SLOWEST),
        }
    }

    /// Returns whether traces with errors are drawn before slower ones.
    pub(crate) fn prefers_failed(self) -> bool {
        !matches!(self, Self::Slowest(_))
    }
}

//! The length of a run.

use std::str::FromStr;
use std::time::Duration;

/// A number of messages, or a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Messages(u64),
    Time(Duration),
}

impl Limit {
    /// Returns the number of tenths that are over.
    pub(crate) fn tenths(self, messages: u64, time: Duration) -> usize {
        let tenths = match self {
            Self::Messages(limit) => u128::from(messages) * 10 / u128::from(limit.max(1)),
            Self::Time(limit) => time.as_nanos() * 10 / limit.as_nanos().max(1),
        };
        usize::try_from(tenths.min(10)).unwrap_or(10)
    }
}

impl FromStr for Limit {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let seconds = |text: &str, unit| {
            text.parse::<u64>()
                .map(|number| Self::Time(Duration::from_secs(number.saturating_mul(unit))))
        };
        match (text.strip_suffix('s'), text.strip_suffix('m')) {
            (Some(number), _) => seconds(number, 1),
            (_, Some(number)) => seconds(number, 60),
            _ => text.parse().map(Self::Messages),
        }
    }
}

//! Fewer rounds where each takes long.

/// Returns the number of rounds of a test that needs many: a fiftieth of `number` under Miri, which
/// looks at each access and is a thousand times slower.
#[must_use]
pub const fn rounds(number: usize) -> usize {
    if cfg!(miri) {
        number.div_ceil(50)
    } else {
        number
    }
}

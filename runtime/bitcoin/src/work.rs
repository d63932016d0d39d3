//! The target that the first header of a period of 2016 blocks must carry.
//! Always: Bitcoin's rule, its clamp and its rounding included.
//! Never: judges the timestamps themselves.

use crate::compact;
use gantry_primitives::U256;

/// Blocks between two changes of the target.
pub const PERIOD_BLOCKS: u32 = 2016;
/// How long a period should take.
pub const PERIOD_SECONDS: u64 = 14 * 24 * 60 * 60;

/// The easiest target of Bitcoin before rounding: 2^224 - 1.
pub fn limit() -> U256 {
    (U256::one() << 224) - U256::one()
}

/// The target of the period after one that had `previous` and whose first and last block carry these
/// times, in seconds. The time between counts as at least a quarter and at most four times the intended.
pub fn next_target(previous: U256, first_time: u32, last_time: u32) -> U256 {
    let took = u64::from(last_time)
        .saturating_sub(u64::from(first_time))
        .clamp(PERIOD_SECONDS / 4, PERIOD_SECONDS * 4);
    // a product beyond 256 bits is beyond the limit as well
    let exact = previous
        .checked_mul(U256::from(took))
        .map_or_else(limit, |product| product / U256::from(PERIOD_SECONDS));
    let bits = compact::encode(exact.min(limit()));
    compact::decode(bits).unwrap_or_else(limit)
}

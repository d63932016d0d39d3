//! The compact form ("bits") of a proof-of-work target.
//! Always: `decode(encode(t)) == Some(t)` exactly when a header can carry `t`.
//! Never: rounds silently; who needs rounding encodes and decodes.

use crate::Error;
use gantry_primitives::U256;

const SIGN: u32 = 0x0080_0000;
const MANTISSA: u32 = 0x007f_ffff;

/// The target of a compact form; none when it is negative or larger than 256 bits.
pub fn decode(bits: u32) -> Option<U256> {
    let size = bits >> 24;
    let mantissa = bits & MANTISSA;
    let value = if size <= 3 { mantissa >> (8 * (3 - size)) } else { mantissa };
    if value == 0 {
        return Some(U256::zero());
    }
    let overflows = size > 34 || (value > 0xff && size > 33) || (value > 0xffff && size > 32);
    if bits & SIGN != 0 || overflows {
        return None;
    }
    Some(if size <= 3 { U256::from(value) } else { U256::from(value) << (8 * (size - 3)) })
}

/// The compact form of a target, rounded down to what three bytes of mantissa hold.
pub fn encode(target: U256) -> u32 {
    let size = (target.bits() as u32).div_ceil(8);
    let mantissa =
        if size <= 3 { target.low_u32() << (8 * (3 - size)) } else { (target >> (8 * (size - 3))).low_u32() };
    // a set sign bit would make the number negative: move it out with one more byte of size
    if mantissa & SIGN != 0 {
        (mantissa >> 8) | ((size + 1) << 24)
    } else {
        mantissa | (size << 24)
    }
}

/// The compact form that stands for exactly this target.
///
/// `InvalidCompact` when there is none: a header cannot have carried that target.
pub fn exact(target: U256) -> Result<u32, Error> {
    let bits = encode(target);
    if decode(bits) == Some(target) {
        Ok(bits)
    } else {
        Err(Error::InvalidCompact)
    }
}

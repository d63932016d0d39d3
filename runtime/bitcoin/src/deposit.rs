//! The deposit address of an issue: D = sha256(V ++ id) * V, paid as P2WPKH.
//! Always: compressed keys; the vault alone can spend, with v * c mod n.
//! Never: touches a secret.

use crate::{hash, Error};
use gantry_primitives::{BtcAddress, BtcPublicKey, H160, H256};
use k256::{
    elliptic_curve::{sec1::ToEncodedPoint, PrimeField},
    ProjectivePoint, PublicKey, Scalar,
};

/// `InvalidPublicKey` unless the 33 bytes are a point of the curve in compressed form.
pub fn ensure_key(key: &BtcPublicKey) -> Result<(), Error> {
    point(key).map(|_| ())
}

fn point(key: &BtcPublicKey) -> Result<ProjectivePoint, Error> {
    PublicKey::from_sec1_bytes(&key.0)
        .map(|parsed| parsed.to_projective())
        .map_err(|_| Error::InvalidPublicKey)
}

/// c = sha256(V ++ id), big-endian.
pub fn secret_factor(vault: &BtcPublicKey, id: &H256) -> [u8; 32] {
    let mut both = [0u8; 65];
    both[..33].copy_from_slice(&vault.0);
    both[33..].copy_from_slice(id.as_bytes());
    hash::sha256_once(&both)
}

/// The key of the deposit: the vault's key times the factor of the request.
///
/// `InvalidPublicKey` when the vault's key is none, or the factor is 0 or not below the order of the curve
/// (which nobody can bring about).
pub fn key(vault: &BtcPublicKey, id: &H256) -> Result<BtcPublicKey, Error> {
    times(vault, &secret_factor(vault, id))
}

/// A key times a factor, both big-endian.
pub fn times(vault: &BtcPublicKey, factor: &[u8; 32]) -> Result<BtcPublicKey, Error> {
    let scalar =
        Option::<Scalar>::from(Scalar::from_repr((*factor).into())).ok_or(Error::InvalidPublicKey)?;
    let product = (point(vault)? * scalar).to_affine().to_encoded_point(true);
    product.as_bytes().try_into().map(BtcPublicKey).map_err(|_| Error::InvalidPublicKey)
}

/// The P2WPKH address of a key.
pub fn address_of(key: &BtcPublicKey) -> BtcAddress {
    BtcAddress::P2WPKHv0(H160(hash::hash160_of(&key.0)))
}

/// The address a user pays for an issue request.
pub fn address(vault: &BtcPublicKey, id: &H256) -> Result<BtcAddress, Error> {
    Ok(address_of(&key(vault, id)?))
}

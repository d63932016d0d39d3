//! What a vault may promise, and where it is paid.

use super::*;

#[test]
fn promises_stay_within_the_secure_threshold() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(500));
        assert_noop!(VaultRegistry::try_increase_to_be_issued(&id, 501), Failed::ExceedingVaultLimit);
        assert_ok!(VaultRegistry::try_increase_to_be_issued(&id, 300));
        last_is(Event::IncreaseToBeIssuedTokens { vault_id: id.clone(), increase: 300 });
        assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(200));
        assert_ok!(VaultRegistry::decrease_to_be_issued(&id, 100));
        assert_ok!(VaultRegistry::issue_tokens(&id, 200));
        assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(300));
        assert_noop!(VaultRegistry::issue_tokens(&id, 1), ArithmeticError::Underflow);
    });
}

#[test]
fn a_vault_may_close_and_may_raise_its_own_threshold() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        assert_ok!(VaultRegistry::accept_new_issues(signed(1), PAIR, false));
        last_is(Event::SetAcceptNewIssues { vault_id: id.clone(), accept_new_issues: false });
        assert_noop!(
            VaultRegistry::ensure_accepting_new_issues(&id),
            Failed::VaultNotAcceptingIssueRequests
        );
        assert_ok!(VaultRegistry::accept_new_issues(signed(1), PAIR, true));
        assert_ok!(VaultRegistry::ensure_accepting_new_issues(&id));
        let own = |threshold| VaultRegistry::set_custom_secure_threshold(signed(1), PAIR, threshold);
        assert_noop!(own(Some(FixedU128::from_u32(2))), Failed::ThresholdNotAboveGlobalThreshold);
        assert_ok!(own(Some(FixedU128::from_u32(4))));
        assert_eq!(VaultRegistry::issuable_tokens(&id), Ok(250));
        assert_ok!(own(None));
        assert_noop!(
            VaultRegistry::accept_new_issues(signed(2), PAIR, true),
            Failed::VaultNotFound
        );
    });
}

/// The published vector's key with a request id of zeros: each request its own address.
#[test]
fn deposit_addresses_differ_and_belong_to_the_vault() {
    chain().execute_with(|| {
        let id = register(1, 1_000);
        let first = VaultRegistry::register_deposit_address(&id, H256([0; 32]));
        let second = VaultRegistry::register_deposit_address(&id, H256([1; 32]));
        assert_ne!(first, second);
        let address = second.unwrap_or(BtcAddress::P2PKH(Default::default()));
        assert!(matches!(address, BtcAddress::P2WPKHv0(_)));
        assert_eq!(ReservedAddresses::<Test>::get(address), Some(id.clone()));
        last_is(Event::RegisterAddress { vault_id: id, address });
    });
}

#[test]
fn a_key_that_is_none_gives_no_address() {
    chain().execute_with(|| {
        assert_ok!(VaultRegistry::register_public_key(signed(1), BtcPublicKey([9; 33])));
        assert_ok!(VaultRegistry::register_vault(signed(1), PAIR, 1_000));
        assert_noop!(
            VaultRegistry::register_deposit_address(&vault_id(1), H256::zero()),
            Failed::InvalidPublicKey
        );
    });
}

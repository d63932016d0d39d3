/**
 * The bridge's first runtime as far as Gantry uses it, as metadata (version 14) written down by hand: names, types and indices are
 * those of the published genesis. Always: nothing in it comes from the program under test.
 */
import { Metadata, TypeRegistry } from "@polkadot/types";

import { createRuntime } from "../../src/chains/polkadot/runtime.ts";
import type { PolkadotRuntime } from "../../src/chains/polkadot/runtime.ts";

type Field = readonly [name: string, type: number];
type Variant = readonly [name: string, index: number, fields: readonly Field[]];
/** `size`: bytes of the value that stands for an absent one (all zero); null: there is none */
type Entry = readonly [name: string, keys: readonly number[], value: number, size: number | null];
type PalletParts = { readonly calls?: readonly Variant[]; readonly events?: readonly Variant[]; readonly errors?: readonly Variant[]; readonly storage?: readonly Entry[]; readonly constants?: readonly (readonly [string, number, string])[] };

const types: { readonly id: number; readonly type: object }[] = [];
function add(def: object, path: readonly string[] = [], params: readonly object[] = []): number {
  const id = types.length;
  types.push({ id, type: { path, params, def, docs: [] } });
  return id;
}
const fieldJson = ([name, type]: Field): object => ({ name: name === "" ? null : name, type, typeName: null, docs: [] });
const primitive = (name: string): number => add({ Primitive: name });
const sequence = (type: number): number => add({ Sequence: { type } });
const array = (type: number, len: number): number => add({ Array: { len, type } });
const struct = (path: readonly string[], ...fields: readonly Field[]): number => add({ Composite: { fields: fields.map(fieldJson) } }, path);
const tuple = (...items: readonly number[]): number => add({ Tuple: items });
const variants = (path: readonly string[], list: readonly Variant[], params: readonly object[] = []): number =>
  add({ Variant: { variants: list.map(([name, index, fields]) => ({ name, index, fields: fields.map(fieldJson), docs: [] })) } }, path, params);
const option = (type: number): number => variants(["Option"], [["None", 0, []], ["Some", 1, [["", type]]]], [{ name: "T", type }]);

const [u8, u32, u64, u128, i32, bool] = [primitive("U8"), primitive("U32"), primitive("U64"), primitive("U128"), primitive("I32"), primitive("Bool")];
const bytes = sequence(u8);
const bytes32 = array(u8, 32);
const h256 = struct(["primitive_types", "H256"], ["", bytes32]);
const h160 = struct(["primitive_types", "H160"], ["", array(u8, 20)]);
const u256 = struct(["primitive_types", "U256"], ["", array(u64, 4)]);
const accountId = struct(["sp_core", "crypto", "AccountId32"], ["", bytes32]);
const h256Le = struct(["bitcoin", "types", "H256Le"], ["content", bytes32]);
const rawHeader = struct(["bitcoin", "types", "RawBlockHeader"], ["", array(u8, 80)]);
const header = struct(["bitcoin", "types", "BlockHeader"], ["merkle_root", h256Le], ["target", u256], ["timestamp", u32], ["version", i32], ["hash", h256Le], ["hash_prev_block", h256Le], ["nonce", u32]);
const richHeader = struct(["btc_relay", "types", "RichBlockHeader"], ["block_header", header], ["block_height", u32], ["chain_id", u32], ["para_height", u32]);
const blockChain = struct(["bitcoin", "types", "BlockChain"], ["chain_id", u32], ["start_height", u32], ["max_height", u32]);
const symbol = variants(["interbtc_primitives", "TokenSymbol"], [["DOT", 0, []], ["INTERBTC", 1, []], ["INTR", 2, []], ["KSM", 10, []], ["KBTC", 11, []], ["KINT", 12, []]]);
const currency = variants(["interbtc_primitives", "CurrencyId"], [["Token", 0, [["", symbol]]]]);
const pair = struct(["interbtc_primitives", "VaultCurrencyPair"], ["collateral", currency], ["wrapped", currency]);
const vaultId = struct(["interbtc_primitives", "VaultId"], ["account_id", accountId], ["currencies", pair]);
const address = variants(["bitcoin", "address", "Address"], [["P2PKH", 0, [["", h160]]], ["P2SH", 1, [["", h160]]], ["P2WPKHv0", 2, [["", h160]]], ["P2WSHv0", 3, [["", h256]]]]);
const publicKey = struct(["bitcoin", "address", "PublicKey"], ["", array(u8, 33)]);
const issueStatus = variants(["interbtc_primitives", "issue", "IssueRequestStatus"], [["Pending", 0, []], ["Completed", 1, [["", option(h256)]]], ["Cancelled", 2, []]]);
const issueRequest = struct(["interbtc_primitives", "issue", "IssueRequest"],
  ["vault", vaultId], ["opentime", u32], ["period", u32], ["griefing_collateral", u128], ["amount", u128], ["fee", u128], ["requester", accountId],
  ["btc_address", address], ["btc_public_key", publicKey], ["btc_height", u32], ["status", issueStatus]);
const refundRequest = struct(["interbtc_primitives", "refund", "RefundRequest"],
  ["vault", vaultId], ["amount_btc", u128], ["fee", u128], ["transfer_fee_btc", u128], ["issuer", accountId], ["btc_address", address], ["issue_id", h256], ["completed", bool]);
const redeemStatus = variants(["interbtc_primitives", "redeem", "RedeemRequestStatus"], [["Pending", 0, []], ["Completed", 1, []], ["Reimbursed", 2, [["", bool]]], ["Retried", 3, []]]);
const redeemRequest = struct(["interbtc_primitives", "redeem", "RedeemRequest"],
  ["vault", vaultId], ["opentime", u32], ["period", u32], ["fee", u128], ["transfer_fee_btc", u128], ["amount_btc", u128], ["premium", u128], ["redeemer", accountId],
  ["btc_address", address], ["btc_height", u32], ["status", redeemStatus]);
const replaceStatus = variants(["interbtc_primitives", "replace", "ReplaceRequestStatus"], [["Pending", 0, []], ["Completed", 1, []], ["Cancelled", 2, []]]);
const replaceRequest = struct(["interbtc_primitives", "replace", "ReplaceRequest"],
  ["old_vault", vaultId], ["new_vault", vaultId], ["amount", u128], ["griefing_collateral", u128], ["collateral", u128], ["accept_time", u32], ["period", u32],
  ["btc_address", address], ["btc_height", u32], ["status", replaceStatus]);
const vaultStatus = variants(["vault_registry", "types", "VaultStatus"], [["Active", 0, [["", bool]]], ["Liquidated", 1, []], ["CommittedTheft", 2, []]]);
const vault = struct(["vault_registry", "types", "Vault"], ["id", vaultId], ["status", vaultStatus], ["banned_until", option(u32)]);

const outerPath = (name: string): readonly string[] => ["interlay_runtime_parachain", name];
/** calls stand inside calls: their type's number is known before it is */
const callType = types.length;
add({ Variant: { variants: [] } }, outerPath("Call"));
const proof: readonly Field[] = [["merkle_proof", bytes], ["raw_tx", bytes]];

const pallets: readonly (readonly [name: string, index: number, parts: PalletParts])[] = [
  ["System", 0, { calls: [["remark", 1, [["remark", bytes]]]], constants: [["SS58Prefix", u8, "0x2a"]] }],
  ["Utility", 3, { calls: [["batch", 0, [["calls", sequence(callType)]]], ["batch_all", 2, [["calls", sequence(callType)]]]] }],
  ["BTCRelay", 17, {
    errors: [["AlreadyInitialized", 0, []], ["MissingBlockHeight", 2, []], ["OutdatedBlock", 5, []]],
    storage: [
      ["BlockHeaders", [h256Le], richHeader, 152], ["Chains", [u32], u32, null], ["ChainsIndex", [u32], blockChain, null], ["ChainsHashes", [u32, u32], h256Le, 32],
      ["BestBlock", [], h256Le, 32], ["BestBlockHeight", [], u32, 4], ["StartBlockHeight", [], u32, 4], ["ChainCounter", [], u32, 4],
      ["StableBitcoinConfirmations", [], u32, 4], ["StableParachainConfirmations", [], u32, 4], ["DisableDifficultyCheck", [], bool, 1],
    ],
  }],
  ["Relay", 18, { calls: [["initialize", 0, [["raw_block_header", rawHeader], ["block_height", u32]]], ["store_block_header", 1, [["raw_block_header", rawHeader]]]] }],
  ["Security", 19, { storage: [["ActiveBlockCount", [], u32, 4]] }],
  ["VaultRegistry", 20, { storage: [["Vaults", [vaultId], vault, null]] }],
  ["Issue", 22, {
    calls: [["execute_issue", 1, [["issue_id", h256], ...proof]], ["cancel_issue", 2, [["issue_id", h256]]]],
    events: [
      ["RequestIssue", 0, [["issue_id", h256], ["requester", accountId], ["amount", u128], ["fee", u128], ["griefing_collateral", u128], ["vault_id", vaultId], ["vault_address", address], ["vault_public_key", publicKey]]],
      ["ExecuteIssue", 2, [["issue_id", h256], ["requester", accountId], ["vault_id", vaultId], ["amount", u128], ["fee", u128]]],
      ["CancelIssue", 3, [["issue_id", h256], ["requester", accountId], ["griefing_collateral", u128]]],
    ],
    errors: [["CommitPeriodExpired", 1, []]],
    storage: [["IssueRequests", [h256], issueRequest, null]],
  }],
  ["Redeem", 23, {
    events: [
      ["RequestRedeem", 0, [["redeem_id", h256], ["redeemer", accountId], ["vault_id", vaultId], ["amount", u128], ["fee", u128], ["premium", u128], ["btc_address", address], ["transfer_fee", u128]]],
      ["ExecuteRedeem", 2, [["redeem_id", h256], ["redeemer", accountId], ["vault_id", vaultId], ["amount", u128], ["fee", u128], ["transfer_fee", u128]]],
      ["CancelRedeem", 3, [["redeem_id", h256], ["redeemer", accountId], ["vault_id", vaultId], ["slashed_amount", u128], ["status", redeemStatus]]],
      ["MintTokensForReimbursedRedeem", 4, [["redeem_id", h256], ["vault_id", vaultId], ["amount", u128]]],
    ],
    storage: [["RedeemRequests", [h256], redeemRequest, null]],
  }],
  ["Replace", 24, {
    events: [
      ["AcceptReplace", 2, [["replace_id", h256], ["old_vault_id", vaultId], ["new_vault_id", vaultId], ["amount", u128], ["collateral", u128], ["btc_address", address]]],
      ["ExecuteReplace", 3, [["replace_id", h256], ["old_vault_id", vaultId], ["new_vault_id", vaultId]]],
      ["CancelReplace", 4, [["replace_id", h256], ["new_vault_id", vaultId], ["old_vault_id", vaultId], ["griefing_collateral", u128]]],
    ],
    storage: [["ReplaceRequests", [h256], replaceRequest, null]],
  }],
  ["Refund", 26, {
    calls: [["execute_refund", 0, [["refund_id", h256], ...proof]]],
    events: [
      ["RequestRefund", 0, [["refund_id", h256], ["issuer", accountId], ["amount", u128], ["vault_id", vaultId], ["btc_address", address], ["issue_id", h256], ["fee", u128], ["transfer_fee", u128]]],
      ["ExecuteRefund", 1, [["refund_id", h256], ["issuer", accountId], ["vault_id", vaultId], ["amount", u128], ["fee", u128]]],
    ],
    errors: [["RefundIdNotFound", 3, []], ["RefundCompleted", 4, []]],
    storage: [["RefundRequests", [h256], refundRequest, null]],
  }],
];

/** Where each pallet's list stands: one variant of the runtime's own. */
const outer = (kind: "calls" | "events", word: string): readonly Variant[] =>
  pallets.flatMap(([pallet, index, { [kind]: list }]) => (list === undefined ? [] : [[pallet, index, [["", variants([pallet.toLowerCase(), "pallet", word], list)]]] as const]));

function palletJson([name, index, { calls, events, errors, storage, constants }]: (typeof pallets)[number]): object {
  const of = (list: readonly Variant[] | undefined, word: string): object | null => (list === undefined ? null : { type: variants([name.toLowerCase(), "pallet", word], list) });
  const items = (storage ?? []).map(([item, keys, value, size]) => ({
    name: item,
    modifier: size === null ? "Optional" : "Default",
    type: keys.length === 0 ? { Plain: value } : { Map: { hashers: keys.map(() => "Blake2_128Concat"), key: keys.length === 1 ? keys[0] : tuple(...keys), value } },
    fallback: `0x${"00".repeat(size ?? 1)}`,
    docs: [],
  }));
  return {
    name, index, storage: items.length === 0 ? null : { prefix: name, items }, calls: of(calls, "Call"), events: of(events, "Event"), errors: of(errors, "Error"),
    constants: (constants ?? []).map(([constant, type, value]) => ({ name: constant, type, value, docs: [] })),
  };
}

/** A runtime with the interface of the genesis; with `without`, lacking a pallet. */
export function createV1Runtime(without?: string): PolkadotRuntime {
  const listed = pallets.filter(([name]) => name !== without).map(palletJson);
  const calls = outer("calls", "Call").map(([name, index, fields]) => ({ name, index, fields: fields.map(fieldJson), docs: [] }));
  types[callType] = { id: callType, type: { path: outerPath("Call"), params: [], def: { Variant: { variants: calls } }, docs: [] } };
  const event = variants(outerPath("Event"), outer("events", "Event"));
  const phase = variants(["frame_system", "Phase"], [["ApplyExtrinsic", 0, [["", u32]]], ["Finalization", 1, []], ["Initialization", 2, []]]);
  add({ Composite: { fields: ([["phase", phase], ["event", event], ["topics", sequence(h256)]] as const).map(fieldJson) } }, ["frame_system", "EventRecord"], [{ name: "E", type: event }, { name: "T", type: h256 }]);
  const parts = [["Address", accountId], ["Call", callType], ["Signature", bytes], ["Extra", tuple()]] as const;
  const extrinsic = add({ Composite: { fields: [fieldJson(["", bytes])] } }, ["sp_runtime", "generic", "unchecked_extrinsic", "UncheckedExtrinsic"], parts.map(([name, type]) => ({ name, type })));
  const v14 = { lookup: { types }, pallets: listed, extrinsic: { type: extrinsic, version: 4, signedExtensions: [] }, type: tuple() };
  const metadata = new Metadata(new TypeRegistry(), { magicNumber: 0x6174656d, metadata: { V14: v14 } });
  return createRuntime({ specName: "interlay-parachain", specVersion: 1, transactionVersion: 1, apis: new Map() }, metadata.toHex());
}

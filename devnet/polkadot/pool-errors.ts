/**
 * What a Substrate node answers when it refuses a transaction: JSON-RPC code, message and data.
 * Source: polkadot-sdk, substrate/client/rpc-api/src/author/error.rs and sp-runtime's transaction_validity.rs, read, not recorded;
 * test/fixtures/polkadot/pool-errors.json holds the same answers for those who must classify them.
 */
import type { Hex } from "../../src/core/values.ts";

export type RpcRefusal = { readonly code: number; readonly message: string; readonly data?: string };

/** By the name the runtime's TransactionValidityError decodes to. */
const invalidWords: { readonly [name: string]: string } = {
  Call: "Transaction call is not expected",
  Payment: "Inability to pay some fees (e.g. account balance too low)",
  Future: "Transaction will be valid in the future",
  Stale: "Transaction is outdated",
  BadProof: "Transaction has a bad signature",
  AncientBirthBlock: "Transaction has an ancient birth block",
  ExhaustsResources: "Transaction would exhaust the block limits",
  BadMandatory: "A call was labelled as mandatory, but resulted in an Error.",
  MandatoryValidation: "Transaction dispatch is mandatory; transactions must not be validated.",
  BadSigner: "Invalid signing address",
  IndeterminateImplicit: "The implicit data was unable to be calculated",
  UnknownOrigin: "The transaction extension did not authorize any origin",
};

export const poolErrors = {
  badFormat: (why: string): RpcRefusal => ({ code: 1001, message: `Extrinsic has invalid format: ${why}` }),
  /** the runtime could not even look at it */
  unverifiable: (why: string): RpcRefusal => ({ code: 1002, message: `Verification Error: ${why.split("\n")[0] ?? ""}` }),
  /** `custom`: the number of a Custom variant */
  invalid: (name: string, custom: number | null = null): RpcRefusal => ({
    code: 1010,
    message: "Invalid Transaction",
    data: custom === null ? (invalidWords[name] ?? name) : `Custom error: ${custom}`,
  }),
  unknown: (name: string): RpcRefusal => ({ code: 1011, message: "Unknown Transaction Validity", data: name }),
  banned: (): RpcRefusal => ({ code: 1012, message: "Transaction is temporarily banned" }),
  known: (hash: Hex): RpcRefusal => ({ code: 1013, message: "Transaction Already Imported", data: hash }),
  tooLow: (old: bigint, next: bigint): RpcRefusal => ({
    code: 1014,
    message: `Priority is too low: (${old} vs ${next})`,
    data: "The transaction has too low priority to replace another transaction already in the pool.",
  }),
  dropped: (): RpcRefusal => ({ code: 1016, message: "Immediately Dropped", data: "The transaction couldn't enter the pool because of the limit" }),
  noTags: (): RpcRefusal => ({ code: 1019, message: "No tags provided", data: "Transaction does not provide any tags, so the pool can't identify it" }),
} as const;

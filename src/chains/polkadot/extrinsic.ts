/**
 * Who made an extrinsic, in which nonce, and what it calls.
 * Always: read with the runtime that executed its block. Never: checks a signature; the chain did.
 */
import { invalid } from "../../core/errors.ts";
import { bytesOf, isHex } from "../../core/hex.ts";
import type { Hex } from "../../core/values.ts";
import { plainOf } from "./plain.ts";
import type { PolkadotCall, PolkadotRuntime } from "./runtime.ts";

/** `by` is null for what the block itself brings (inherents). `signer`: 32 bytes; null where the address is no account id. */
export type ExtrinsicContent = { readonly by: { readonly signer: Hex | null; readonly nonce: bigint } | null; readonly call: PolkadotCall };

/** `raw` as the block holds it, its length in front. Throws Invalid "scale-undecodable". */
export function readExtrinsic(runtime: PolkadotRuntime, raw: Hex): ExtrinsicContent {
  try {
    const extrinsic = runtime.registry.createType("Extrinsic", bytesOf(raw));
    const call = runtime.call(extrinsic.method.toHex());
    if (!extrinsic.isSigned) return { by: null, call };
    const address = plainOf(extrinsic.signer);
    const account = typeof address === "object" && address !== null && "Id" in address ? address["Id"] : address;
    return { by: { signer: isHex(account, 32) ? account : null, nonce: extrinsic.nonce.toBigInt() }, call };
  } catch (cause) {
    throw invalid("scale-undecodable", `an extrinsic cannot be read with runtime ${runtime.specName} ${runtime.specVersion}; another endpoint is asked`, {
      evidence: { specName: runtime.specName, specVersion: runtime.specVersion, bytes: raw.slice(0, 130) }, cause,
    });
  }
}

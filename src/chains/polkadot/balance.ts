/**
 * What an account holds of the chain's native token, wherever the runtime keeps it.
 * Always: in planck, the token's smallest unit; null where neither place is known, so that nobody takes it for poverty.
 */
import type { Hex, Json } from "../../core/values.ts";
import type { PolkadotClient } from "./client.ts";
import { palletBy } from "./items.ts";

/** `frozenPlanck`: of `freePlanck`, what cannot be spent on fees. `existentialPlanck`: below this the account is erased. */
export type NativeBalance = { readonly freePlanck: bigint; readonly frozenPlanck: bigint; readonly existentialPlanck: bigint };

/** Fields of pallet-balances, today's and older, and of orml-tokens. */
type Stored = { readonly free?: string; readonly reserved?: string; readonly frozen?: string; readonly feeFrozen?: string };

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function balanceOf(stored: Stored | undefined, existential: Json, freezesReserved: boolean): NativeBalance {
  const { free = "0", reserved = "0", frozen, feeFrozen = "0" } = stored ?? {};
  const bare = BigInt(frozen ?? feeFrozen);
  // pallet-balances counts reserved money as frozen first
  const frozenPlanck = freezesReserved && frozen !== undefined ? largest(bare - BigInt(reserved), 0n) : bare;
  return { freePlanck: BigInt(free), frozenPlanck, existentialPlanck: BigInt(existential as string | number) };
}

/** pallet-balances, or orml-tokens under the currency Token(<native symbol of the chain's properties>). */
export async function nativeBalance(client: PolkadotClient, account: Hex, at: Hex, signal: AbortSignal): Promise<NativeBalance | null> {
  const runtime = await client.runtimeOf(at, signal);
  if (palletBy(runtime.registry, "Balances") !== null) {
    const stored = (await client.storage("System", "Account", [account], at, signal)) as { readonly data?: Stored } | null;
    return balanceOf(stored?.data, runtime.constant("Balances", "ExistentialDeposit"), true);
  }
  const { tokenSymbol } = await client.properties(signal);
  if (palletBy(runtime.registry, "Tokens") === null || tokenSymbol === null) return null;
  const stored = (await client.storage("Tokens", "Accounts", [account, { Token: tokenSymbol }], at, signal)) as Stored | null;
  return balanceOf(stored ?? undefined, 0, false);
}

/**
 * One vault hands its tokens to another on the real runtime: paid in bitcoin, proved, refused when the payment is false.
 * Always: vaults of different keys; the payment goes to the new vault, exactly, with the id of the replace.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { keyOf } from "../../devnet/bitcoin.ts";
import { eventIn } from "../../devnet/interbtc/chain.ts";
import type { Outcome } from "../../devnet/interbtc/chain.ts";
import { dotPair, idOutput, registerVault, scriptOf } from "../../devnet/interbtc/parties.ts";
import type { Vault } from "../../devnet/interbtc/parties.ts";
import type { FullTransactionProof } from "../../devnet/interbtc/proof.ts";
import { hash160 } from "../../src/chains/bitcoin/codec.ts";
import { hexOf } from "../../src/core/hex.ts";
import type { Hex, Json } from "../../src/core/values.ts";
import { collateralPlanck, issued, startWithVault } from "../support/interbtc.ts";
import type { InterbtcStage } from "../support/interbtc.ts";
import { watchInterbtc } from "../support/interbtc-watch.ts";

const amountSat = 1_000_000n;
const period = 2;
const nowhere: Hex = `0x${"5a".repeat(32)}`;
const newKey = keyOf("interbtc other vault");
const address = { P2WPKHv0: hexOf(hash160(newKey.publicKey)) };
let stage: InterbtcStage;
let vault: Vault;
let other: Vault;
beforeAll(async () => {
  ({ stage, vault } = await startWithVault());
  const { chain } = stage;
  other = await registerVault(chain, { who: "//Dave", key: newKey, collateralPlanck });
  await issued(stage, vault, 5n * amountSat);
  await chain.sudo(chain.call("replace", "setReplacePeriod", period));
});
afterAll(() => stage.stop());

const offer = (sat: bigint): Promise<Outcome> => stage.chain.send("//Bob", stage.chain.call("replace", "requestReplace", dotPair, sat));
const accept = (who: string): Promise<Outcome> => stage.chain.send(who, stage.chain.call("replace", "acceptReplace", dotPair, vault.id, amountSat, 0n, address));
const execute = async (id: Hex, proof: FullTransactionProof): Promise<string | null> => (await stage.chain.send("//Eve", stage.chain.call("replace", "executeReplace", id, proof))).failure;
const cancel = async (id: Hex): Promise<string | null> => (await stage.chain.send("//Eve", stage.chain.call("replace", "cancelReplace", id))).failure;
const pay = async (id: Hex, valueSat = amountSat) => stage.bitcoin.pay([idOutput(id), { script: scriptOf(address), valueSat }]);
const issuedBy = async ({ id }: Vault): Promise<Json> => ((await stage.chain.read("vaultRegistry", "vaults", id)) as { readonly issuedTokens: Json }).issuedTokens;

async function accepted(): Promise<Hex> {
  expect((await offer(amountSat)).failure).toBeNull();
  const event = eventIn(await accept("//Dave"), "Replace.AcceptReplace");
  expect(event).toMatchObject({ oldVaultId: vault.id, newVaultId: other.id, amount: String(amountSat), btcAddress: address });
  return event["replaceId"] as Hex;
}

describe("a replace", () => {
  const ids: { done: Hex; late: Hex } = { done: nowhere, late: nowhere };

  test("needs an offer, of more than dust, and another vault", async () => {
    expect((await offer(0n)).failure).toBe("Replace.ReplaceAmountZero");
    expect((await offer(999n)).failure).toBe("Replace.AmountBelowDustAmount");
    expect((await offer(amountSat)).failure).toBeNull();
    expect((await accept("//Bob")).failure).toBe("Replace.ReplaceSelfNotAllowed");
    expect((await accept("//Charlie")).failure).toBe("VaultRegistry.VaultNotFound");
    const { chain } = stage;
    expect((await chain.send("//Bob", chain.call("replace", "withdrawReplace", dotPair, amountSat))).failure).toBeNull();
    expect((await chain.send("//Bob", chain.call("replace", "withdrawReplace", dotPair, amountSat))).failure).toBe("Replace.NoPendingRequest");
  });

  test("moves the tokens when exactly the amount was paid with its id, once", async () => {
    const id = await accepted();
    const proofs = await stage.settledAll([await pay(id, amountSat - 1n), await pay(id, amountSat + 1n), await pay(nowhere), await pay(id)]);
    const [less, more, foreign, proof] = proofs;
    if (less === undefined || more === undefined || foreign === undefined || proof === undefined) throw new Error("each payment has a proof");
    expect(await execute(id, less)).toBe("BTCRelay.InvalidPaymentAmount");
    expect(await execute(id, more)).toBe("BTCRelay.InvalidPaymentAmount");
    expect(await execute(id, foreign)).toBe("BTCRelay.InvalidPayment");
    expect(await execute(nowhere, proof)).toBe("Replace.ReplaceIdNotFound");
    expect(await execute(id, proof)).toBeNull();
    expect([await issuedBy(vault), await issuedBy(other)]).toEqual([String(4n * amountSat), String(amountSat)]);
    expect(await execute(id, proof)).toBe("Replace.ReplaceCompleted");
    ids.done = id;
    expect(await cancel(id)).toBe("Replace.ReplaceCompleted");
  });

  test("can be cancelled when both clocks ran out, and a late payment counts all the same", async () => {
    const id = await accepted();
    await stage.polkadot.mine(period + 1);
    expect(await cancel(id)).toBe("Replace.ReplacePeriodNotExpired");
    await stage.relay.mine(2);
    expect(await cancel(id)).toBeNull();
    expect(await cancel(id)).toBe("Replace.ReplaceCancelled");
    expect(await execute(id, await stage.settled(await pay(id)))).toBeNull();
    expect([await issuedBy(vault), await issuedBy(other)]).toEqual([String(3n * amountSat), String(2n * amountSat)]);
    ids.late = id;
  });

  test("is followed from outside, by history or, where that was not read, by state: with its payments, the wrong ones too", async () => {
    const open = await accepted();
    await pay(open, amountSat + 7n);
    await pay(open);
    await stage.relay.mine(1);
    await stage.polkadot.mine(2);
    for (const [from, known] of [[1, [ids.done, ids.late, open]], [undefined, [open]]] as const satisfies readonly (readonly [number | undefined, readonly Hex[]])[]) {
      const isKnown = (id: Hex): boolean => known.some((one) => one === id);
      const watching = watchInterbtc(stage, from === undefined ? {} : { from });
      try {
        await watching.both();
        type Told = { readonly id?: Hex; readonly replaceId?: Hex; readonly paidSat?: string; readonly flaw?: string | null };
        const of = async (stage: string): Promise<readonly Told[]> => (await watching.ledger.events({ kind: `interbtc-replace-${stage}` })).filter(({ at }) => at !== null).map(({ payload }) => payload as Told);
        const idsOf = async (stage: string) => new Set((await of(stage)).map(({ id, replaceId }) => id ?? replaceId));
        expect(await idsOf("requested")).toEqual(new Set(known));
        expect(await idsOf("executed")).toEqual(new Set([ids.done, ids.late].filter(isKnown)));
        expect(await idsOf("cancelled")).toEqual(new Set([ids.late].filter(isKnown)));
        const paid = (await of("payment")).map(({ replaceId, paidSat, flaw }) => [replaceId, paidSat, flaw] as const);
        const right = String(amountSat);
        const all = [[ids.done, String(amountSat - 1n), "too-little"], [ids.done, String(amountSat + 1n), "too-much"], [ids.done, right, null], [ids.late, right, null], [open, String(amountSat + 7n), "too-much"], [open, right, null]] as const;
        expect(new Set(paid.map(String))).toEqual(new Set(all.filter(([id]) => isKnown(id)).map(String)));
        expect(watching.findings()).toBe(0);
      } finally {
        watching.stop();
      }
    }
  });
});

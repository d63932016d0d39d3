/**
 * A wallet that must move its funds to others, from its facts on Ethereum.
 * Always: a wallet does this at most once in its life.
 * Never: I/O; the Bitcoin transaction is seen through its proof, which others send.
 */
import type { KeptWalletTx } from "./deposit-journey.ts";
import type { TbtcPeriods } from "./periods.ts";
import { toDisplay } from "../../chains/bitcoin/order.ts";
import type { Derived, Facts } from "../../core/transfer-fold.ts";
import { goneHints, isIn, ofKind } from "../../core/transfer-legs.ts";

const over = ["tbtc-moving-funds-completed", "tbtc-wallet-closing", "tbtc-wallet-closed"] as const;

export function deriveMovingFunds(facts: Pick<Facts, "events" | "deliveries" | "expiredAt">, { movingFundsTimeoutMs }: TbtcPeriods): Derived {
  const order = ofKind(facts, "tbtc-wallet-moving-funds")[0] ?? null;
  const done = ofKind(facts, ...over)[0] ?? null;
  const moved = ofKind(facts, over[0])[0] ?? null;
  const terminated = ofKind(facts, "tbtc-wallet-terminated")[0] ?? null;
  const about = order ?? done ?? terminated;
  const doneFinal = isIn(done) ? done.finalAt : null;
  const isGone = about !== null && !isIn(order) && !isIn(done) && !isIn(terminated);
  // a wallet may close or be terminated without ever having been told to move funds
  const isOther = order === null && moved === null;
  const dueAt = (order?.block?.time ?? 0) + movingFundsTimeoutMs;
  return {
    openedAt: order?.seenAt ?? null,
    ends: [isIn(order) ? order.finalAt : null, isIn(done) ? done.seenAt : null, doneFinal],
    outcome: isGone || isOther ? "orphaned" : isIn(terminated) && !isIn(done) ? "expired" : doneFinal !== null ? "completed" : null,
    endedAt: doneFinal ?? terminated?.seenAt ?? about?.seenAt ?? null,
    deadlines: !isIn(order) || isIn(done) ? [] : [{ what: "the wallet is terminated and its operators lose stake", chain: "ethereum", clock: "time", value: dueAt, at: dueAt }],
    deadlineRule: "any",
    hints: goneHints(order, done),
    about: {
      wallet: (about?.kept as KeptWalletTx | undefined)?.wallet ?? null,
      ...(moved === null ? {} : { movingTxid: toDisplay((moved.kept as KeptWalletTx).txid), proofTx: (moved.kept as KeptWalletTx).tx }),
    },
    keys: [order, done, terminated].flatMap((fact) => {
      const { wallet, txid, tx } = (fact?.kept ?? {}) as Partial<KeptWalletTx>;
      return [wallet, txid, tx].filter((key) => typeof key === "string");
    }),
    related: [],
  };
}

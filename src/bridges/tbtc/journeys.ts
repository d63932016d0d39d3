/**
 * tBTC's transfers: a deposit, a redemption, a wallet moving its funds; who must act when, and how the chains' facts make them up.
 * Always: times in milliseconds; protocol periods come in as parameters, as the Bridge has them now.
 * Never: I/O, or a step ended by what a wallet or relayer promised.
 */
import { noAddress } from "./keys.ts";
import { deriveDeposit, keepDeposit } from "./deposit-journey.ts";
import { deriveMovedFunds, keepMoved, movedFundsOf, sweptFundsOf } from "./moved-funds-journey.ts";
import { deriveMovingFunds, keepCommitment, keepMove, movesTo } from "./moving-funds-journey.ts";
import {
  depositSweepLane, depositTransfer, movedFundsTransfer, movingFundsTransfer, redemptionLane, redemptionTransfer,
} from "./names.ts";
import { outpointKey, redemptionKey } from "./keys.ts";
import { deriveRedemption, keepRedemption } from "./redemption-journey.ts";
import { usualTbtcPeriods } from "./periods.ts";
import type { TbtcPeriods } from "./periods.ts";
import { walletTxOf } from "./wallet-tx.ts";
import { paymentStep, provingSteps, requestStep } from "../../core/transfer-legs.ts";
import type { BridgeJourneys } from "../../core/transfer-fold.ts";
import type { Journey, StepSpec } from "../../core/transfer.ts";
import type { Hex, Json, SourceEvent, TransferId } from "../../core/values.ts";

const hours = 3_600_000;

const deposit: Journey = {
  bridge: "tbtc", kind: "deposit", lane: depositSweepLane,
  steps: [
    requestStep("ethereum", "the deposit's reveal"),
    paymentStep("sweep", "wallet", "waits for the wallet to sweep it on Bitcoin", 15 * hours, 24 * hours),
    ...provingSteps("ethereum", { payment: "the sweep", provable: "waits until the Bridge can verify the sweep", effect: "the credit" }),
  ],
};
const redemption: Journey = {
  bridge: "tbtc", kind: "redemption", lane: redemptionLane,
  steps: [
    requestStep("ethereum", "the request"),
    paymentStep("payment", "wallet", "waits for the wallet to pay it on Bitcoin", 4.5 * hours, 8 * hours),
    ...provingSteps("ethereum", { payment: "the payment", provable: "waits until the Bridge can verify the payment", effect: "the proof" }),
  ],
};
/** From a payment in a block to its final proof, where no lane of this installation proves it. */
function provedByOthers(payment: string): readonly StepSpec[] {
  return provingSteps("ethereum", { payment, provable: `waits for a maintainer to prove ${payment} on Ethereum`, effect: `the proof of ${payment}` })
    .filter(({ phase }) => phase !== "send" && phase !== "include")
    .map((step) => (step.phase === "provable" ? { ...step, name: "proof-included", who: "relayer", normalMs: 3 * hours, lateAfterMs: 6 * hours } : step));
}

const movingFunds: Journey = {
  bridge: "tbtc", kind: "moving-funds", lane: null,
  steps: [
    requestStep("ethereum", "the wallet's order to move its funds"),
    paymentStep("move", "wallet", "waits for the wallet to move its funds on Bitcoin", 36 * hours, 48 * hours),
    ...provedByOthers("the move"),
  ],
};
const movedFunds: Journey = {
  bridge: "tbtc", kind: "moved-funds", lane: null,
  steps: [
    requestStep("ethereum", "the proof of the move"),
    paymentStep("sweep", "wallet", "waits for the wallet that got the funds to sweep them on Bitcoin", 24 * hours, 48 * hours),
    ...provedByOthers("the sweep"),
  ],
};
export const tbtcJourneyList: readonly Journey[] = [deposit, redemption, movingFunds, movedFunds];

const kinds = [["deposit", "tbtc-deposit-0x"], ["redemption", "tbtc-redemption-0x"], ["moving-funds", "tbtc-moving-funds-0x"], ["moved-funds", "tbtc-moved-funds-0x"]] as const;
const kindOf = (id: TransferId): string | null => kinds.find(([, prefix]) => id.startsWith(prefix))?.[0] ?? null;

/** @param periods as read from the Bridge; make the journeys anew when they change */
export const createTbtcJourneys = (periods: TbtcPeriods = usualTbtcPeriods): BridgeJourneys => ({
  bridge: "tbtc",
  journeys: tbtcJourneyList,
  kindOf,
  subjects,
  keep: (event, id) => keep(event, id, kindOf(id)),
  derive(_id, kind, facts) {
    switch (kind) {
      case "deposit":
        return deriveDeposit(facts, periods);
      case "redemption":
        return deriveRedemption(facts, periods);
      case "moved-funds":
        return deriveMovedFunds(facts, periods);
      default:
        return deriveMovingFunds(facts, periods);
    }
  },
});

const field = (payload: Json, name: string): Json => (typeof payload === "object" && payload !== null && name in payload ? ((payload as { readonly [key: string]: Json })[name] ?? null) : null);

function subjects(event: SourceEvent): readonly TransferId[] {
  switch (event.kind) {
    case "tbtc-deposit-revealed":
      return [depositTransfer(field(event.payload, "depositKey") as Hex)];
    case "tbtc-redemption-requested":
    case "tbtc-redemption-timed-out":
    case "tbtc-redemption-objected":
    case "tbtc-redemption-vetoed":
    case "tbtc-redemption-veto-withdrawn":
      return [redemptionTransfer(field(event.payload, "redemptionKey") as Hex)];
    case "tbtc-wallet-moving-funds":
    case "tbtc-moving-funds-committed":
    case "tbtc-moving-funds-reset":
    case "tbtc-moving-funds-timed-out":
    case "tbtc-moving-funds-below-dust":
    case "tbtc-wallet-closing":
    case "tbtc-wallet-closed":
    case "tbtc-wallet-terminated":
      return [movingFundsTransfer(field(event.payload, "wallet") as Hex)];
    case "tbtc-moving-funds-completed":
      return [movingFundsTransfer(field(event.payload, "wallet") as Hex), ...movedFundsOf(event.payload)];
    case "tbtc-moved-funds-timed-out":
      return [movedFundsTransfer(field(event.payload, "outpointKey") as Hex)];
    case "tbtc-other":
      return sweptFundsOf(walletTxOf(event));
    case "tbtc-sweep":
      return walletTxOf(event).inputs.filter(({ unlock }) => unlock === "deposit").map(({ outpoint }) => depositTransfer(outpointKey(outpoint)));
    case "tbtc-redemption": {
      const tx = walletTxOf(event);
      const paid = tx.outputs.filter(({ toWallet }) => !toWallet).map(({ script }) => redemptionTransfer(redemptionKey(script, tx.wallet)));
      // what pays whole amounts to public key hashes may move the wallet's funds: the wallet's orders tell
      return movesTo(tx) === null ? paid : [...paid, movingFundsTransfer(tx.wallet)];
    }
    default:
      return [];
  }
}

/** The rest of a wallet's transaction is in its own event; twenty transfers of one sweep need not each repeat it. */
function keep(event: SourceEvent, id: TransferId, transfer: string | null): Json {
  const { kind, payload } = event;
  if (transfer === "moving-funds" && kind === "tbtc-redemption") return keepMove(walletTxOf(event));
  if (kind === "tbtc-moving-funds-committed") return keepCommitment(payload);
  if (transfer === "moved-funds" && kind === "tbtc-moving-funds-completed") return keepMoved(payload, id);
  if (kind === "tbtc-deposit-revealed") return keepDeposit(payload, noAddress);
  if (transfer === "redemption" && kind === "tbtc-redemption-requested") return keepRedemption(payload);
  const guardian = field(payload, "guardian");
  return { wallet: field(payload, "wallet"), txid: field(payload, "txid"), tx: field(payload, "tx"), ...(guardian === null ? {} : { guardian }) };
}

/**
 * tBTC's transfers: a deposit, a redemption, a wallet moving its funds; who must act when, and how the chains' facts make them up.
 * Always: times in milliseconds; protocol periods come in as parameters, as the Bridge has them now.
 * Never: I/O, or a step ended by what a wallet or relayer promised.
 */
import { noAddress } from "./keys.ts";
import { deriveDeposit, keepDeposit } from "./deposit-journey.ts";
import { deriveMovingFunds } from "./moving-funds-journey.ts";
import {
  depositSweepLane, depositTransfer, movingFundsTransfer, redemptionLane, redemptionTransfer,
} from "./names.ts";
import { outpointKey, redemptionKey } from "./keys.ts";
import { deriveRedemption, keepRedemption } from "./redemption-journey.ts";
import { usualTbtcPeriods } from "./periods.ts";
import type { TbtcPeriods } from "./periods.ts";
import { walletTxOf } from "./wallet-tx.ts";
import { paymentStep, provingSteps, requestStep } from "../../core/transfer-legs.ts";
import type { BridgeJourneys } from "../../core/transfer-fold.ts";
import type { Journey } from "../../core/transfer.ts";
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
const movingFunds: Journey = {
  bridge: "tbtc", kind: "moving-funds", lane: null,
  steps: [
    requestStep("ethereum", "the wallet's order to move its funds"),
    paymentStep("move", "wallet", "waits for the wallet to move its funds and for the proof of it", 36 * hours, 48 * hours),
    { name: "final", phase: "final", chain: "ethereum", who: "chain", normalMs: hours / 3, lateAfterMs: hours, says: "waits until the proof is final on Ethereum" },
  ],
};
export const tbtcJourneyList: readonly Journey[] = [deposit, redemption, movingFunds];

const kinds = [["deposit", "tbtc-deposit-0x"], ["redemption", "tbtc-redemption-0x"], ["moving-funds", "tbtc-moving-funds-0x"]] as const;
const kindOf = (id: TransferId): string | null => kinds.find(([, prefix]) => id.startsWith(prefix))?.[0] ?? null;

/** @param periods as read from the Bridge; make the journeys anew when they change */
export const createTbtcJourneys = (periods: TbtcPeriods = usualTbtcPeriods): BridgeJourneys => ({
  bridge: "tbtc",
  journeys: tbtcJourneyList,
  kindOf,
  subjects,
  keep: (event, id) => keep(event, kindOf(id)),
  derive(_id, kind, facts) {
    if (kind === "deposit") return deriveDeposit(facts, periods);
    return kind === "redemption" ? deriveRedemption(facts, periods) : deriveMovingFunds(facts, periods);
  },
});

const field = (payload: Json, name: string): Json => (typeof payload === "object" && payload !== null && name in payload ? ((payload as { readonly [key: string]: Json })[name] ?? null) : null);

function subjects(event: SourceEvent): readonly TransferId[] {
  switch (event.kind) {
    case "tbtc-deposit-revealed":
      return [depositTransfer(field(event.payload, "depositKey") as Hex)];
    case "tbtc-redemption-requested":
    case "tbtc-redemption-timed-out":
      return [redemptionTransfer(field(event.payload, "redemptionKey") as Hex)];
    case "tbtc-wallet-moving-funds":
    case "tbtc-moving-funds-completed":
    case "tbtc-wallet-closing":
    case "tbtc-wallet-closed":
    case "tbtc-wallet-terminated":
      return [movingFundsTransfer(field(event.payload, "wallet") as Hex)];
    case "tbtc-sweep":
      return walletTxOf(event).inputs.filter(({ unlock }) => unlock === "deposit").map(({ outpoint }) => depositTransfer(outpointKey(outpoint)));
    case "tbtc-redemption": {
      const { outputs, wallet } = walletTxOf(event);
      return outputs.filter(({ toWallet }) => !toWallet).map(({ script }) => redemptionTransfer(redemptionKey(script, wallet)));
    }
    default:
      return [];
  }
}

/** The rest of a wallet's transaction is in its own event; twenty transfers of one sweep need not each repeat it. */
function keep({ kind, payload }: SourceEvent, transfer: string | null): Json {
  if (kind === "tbtc-deposit-revealed") return keepDeposit(payload, noAddress);
  if (transfer === "redemption" && kind === "tbtc-redemption-requested") return keepRedemption(payload);
  return { wallet: field(payload, "wallet"), txid: field(payload, "txid"), tx: field(payload, "tx") };
}

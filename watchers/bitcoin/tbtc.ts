/**
 * tBTC's wallets on Bitcoin: their transactions become events and, when they are sweeps or redemptions, deliveries.
 * Always: only transactions authorised by a wallet's key count; their outputs to the wallet are watched from the same
 * block on, so whatever spends them is seen whoever it pays, until a day of blocks after that spend was final.
 * Never: follows strangers' payments to a wallet (anyone could grow the watch set), or asks Ethereum anything.
 */
import type { BitcoinTx } from "../../src/chains/bitcoin/codec.ts";
import { classifyWalletTx } from "../../src/bridges/tbtc/classify-wallet-tx.ts";
import type { ClassifiedTx } from "../../src/bridges/tbtc/classify-wallet-tx.ts";
import { outpointKey, redemptionKey } from "../../src/bridges/tbtc/keys.ts";
import {
  depositSweepLane, depositTransfer, outpointWatch, outpointWatchId, redemptionDelivery, redemptionLane, redemptionTransfer, sweepDelivery, walletOf, walletTxEvent,
} from "../../src/bridges/tbtc/names.ts";
import { walletTx, walletTxKinds, walletTxOf } from "../../src/bridges/tbtc/wallet-tx.ts";
import type { WalletTx } from "../../src/bridges/tbtc/wallet-tx.ts";
import type { BlockRef, Hex, Outpoint, SourceEvent, Watch } from "../../src/core/values.ts";
import type { Birth, Found, Ledger, WatchEnd } from "../../src/ports.ts";
import type { BitcoinReader } from "./source.ts";

const nothing: Found = { events: [], births: [], watches: [] };

/** Reads transactions that touch something watched for a tBTC wallet. Values of spent outputs come from their watches. */
export const createTbtcBitcoinReader = (): BitcoinReader => ({
  read(tx, block, hits) {
    const wallets = [...new Set(hits.map(walletOf))].filter((wallet) => wallet !== null);
    // several wallets are hit when one pays another; at most one signed
    for (const wallet of wallets) {
      const what = classifyWalletTx(tx, wallet);
      if (what !== null) return found(tx, block, wallet, what, hits);
    }
    return nothing;
  },
  // a transaction's watches and birth come with its block: its order relative to Ethereum's view must not matter
  settle: (event) => (isWalletTx(event) ? { births: [], watches: [], ends: endsOf(event) } : { births: [], watches: [] }),
});

/** a reorg below final, which a person has to resume from, reads blocks again: as many as that may undo find what they spend still watched */
const watchedOnBlocks = 144;
const kinds: readonly string[] = Object.values(walletTxKinds);
const isWalletTx = ({ kind }: SourceEvent): boolean => kinds.includes(kind);

/** What is spent for good is spent by nobody else. */
const endsOf = (event: SourceEvent): readonly WatchEnd[] => walletTxOf(event).inputs.map(({ outpoint }) => ({ watch: outpointWatchId(outpoint), afterBlocks: watchedOnBlocks }));

/** Everything that was spent up to a final block, for watches that had no end when it was. */
export async function tbtcSpent(ledger: Pick<Ledger, "events">, at: BlockRef): Promise<Found> {
  const ends: WatchEnd[] = [];
  for (const kind of kinds) {
    const events = await ledger.events({ kind });
    ends.push(...events.filter((event) => event.at !== null && event.at.height <= at.height).flatMap(endsOf));
  }
  return { ...nothing, ends };
}

function found(tx: BitcoinTx, block: BlockRef, wallet: Hex, what: ClassifiedTx, hits: readonly Watch[]): Found {
  const payload = walletTx(tx, wallet, what, (outpoint) => valueIn(hits, outpoint));
  const id = walletTxEvent(tx.txid);
  const birth = birthOf(payload);
  const watches = tx.outputs.flatMap((output, index) =>
    what.toWallet[index] === true ? [outpointWatch(wallet, { txid: tx.txid, index }, output.valueSat, block.height)] : [],
  );
  return {
    events: [{ id, chain: "bitcoin", kind: walletTxKinds[what.kind], at: block, payload }],
    births: birth === null ? [] : [{ ...birth, event: id, deadline: null }],
    watches,
  };
}

function birthOf(tx: WalletTx): Pick<Birth, "id" | "lane" | "serves"> | null {
  switch (tx.kind) {
    case "sweep": {
      const deposits = tx.inputs.filter((input) => input.unlock === "deposit");
      return { id: sweepDelivery(tx.txid), lane: depositSweepLane, serves: deposits.map(({ outpoint }) => depositTransfer(outpointKey(outpoint))) };
    }
    case "redemption": {
      const paid = tx.outputs.filter((output) => !output.toWallet);
      return { id: redemptionDelivery(tx.txid), lane: redemptionLane, serves: paid.map(({ script }) => redemptionTransfer(redemptionKey(script, tx.wallet))) };
    }
    case "other":
      return null;
  }
}

function valueIn(hits: readonly Watch[], outpoint: Outpoint): bigint | null {
  const hit = hits.find(({ target }) => "outpoint" in target && target.outpoint.txid === outpoint.txid && target.outpoint.index === outpoint.index);
  const detail = hit?.detail;
  const valueSat = typeof detail === "object" && detail !== null && "valueSat" in detail ? detail["valueSat"] : null;
  return typeof valueSat === "string" ? BigInt(valueSat) : null;
}

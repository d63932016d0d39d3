/**
 * A reader that takes every hit on a watched script for a payment, and then watches the paid output for its spending.
 */
import type { BlockRef, Hex, Watch } from "../../src/core/values.ts";
import { eventId, watchId } from "../../src/core/values.ts";
import type { Found, WatchSet } from "../../src/ports.ts";
import type { BitcoinReader } from "../../watchers/bitcoin/source.ts";

export const scriptWatch = (script: Hex): Watch => ({ id: watchId(`script:${script}`), chain: "bitcoin", target: { script }, forWhom: "test", heightHint: 0, detail: null });
export const watching = (version: number, ...scripts: readonly Hex[]): WatchSet => ({ version, watches: scripts.map(scriptWatch) });

export const paymentReader: BitcoinReader = {
  read(tx, block: BlockRef, hits): Found {
    const paid = hits.flatMap((watch) => ("script" in watch.target ? [watch.target.script] : []));
    const spent = hits.flatMap((watch) => ("outpoint" in watch.target ? [watch.target.outpoint] : []));
    const outputs = tx.outputs.flatMap(({ script }, index) => (paid.includes(script) ? [{ txid: tx.txid, index }] : []));
    return {
      events: [
        ...outputs.map(({ index }) => ({ id: eventId(`paid:${tx.txid}:${index}`), chain: "bitcoin" as const, kind: "paid", at: block, payload: null })),
        ...spent.map(({ txid, index }) => ({ id: eventId(`spent:${txid}:${index}`), chain: "bitcoin" as const, kind: "spent", at: block, payload: null })),
      ],
      births: [],
      watches: outputs.map((outpoint) => ({ id: watchId(`out:${outpoint.txid}:${outpoint.index}`), chain: "bitcoin" as const, target: { outpoint }, forWhom: "test", heightHint: block.height, detail: null })),
    };
  },
  settle: () => ({ births: [], watches: [] }),
};

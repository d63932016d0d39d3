/**
 * A user of interBTC on a devnet: asks for tokens, pays for them on Bitcoin, looks what arrived.
 * Always: the connection to the chain is opened by the first question. Never: proves anything; that is the relayer's part.
 */
import type { BitcoinDevnet, SentTx } from "../bitcoin.ts";
import type { InterbtcChain } from "./chain.ts";
import { connectInterbtc } from "./chain.ts";
import { requestIssue, wrappedOf } from "./parties.ts";
import type { Issue, Vault } from "./parties.ts";

export interface InterbtcUser {
  /** Throws Rejected "devnet-call-failed", e.g. while the chain's light client does not know enough of Bitcoin */
  request(amountSat: bigint): Promise<Issue>;
  /** pays what the issue asks for, or another amount; not mined yet */
  pay(issue: Pick<Issue, "script" | "totalSat">, valueSat?: bigint): Promise<SentTx>;
  /** up to which Bitcoin height the chain's light client knows headers; 0 before it was started */
  knownBitcoinHeight(): Promise<number>;
  /** wrapped tokens in hand, in satoshi */
  tokensSat(): Promise<bigint>;
  close(): Promise<void>;
}

/** `who` is a development account. */
export function createInterbtcUser(options: { readonly url: string; readonly bitcoin: BitcoinDevnet; readonly who: string; readonly vault: Vault }): InterbtcUser {
  const { url, bitcoin, who, vault } = options;
  let opened: Promise<InterbtcChain> | null = null;
  const chain = (): Promise<InterbtcChain> => (opened ??= connectInterbtc(url));
  return {
    request: async (amountSat) => requestIssue(await chain(), who, vault, amountSat),
    pay: ({ script, totalSat }, valueSat = totalSat) => bitcoin.pay([{ script, valueSat }]),
    knownBitcoinHeight: async () => Number(await (await chain()).read("btcRelay", "bestBlockHeight")),
    tokensSat: async () => (await wrappedOf(await chain(), who)).freeSat,
    close: async () => {
      const open = opened;
      opened = null;
      if (open !== null) await (await open).close();
    },
  };
}

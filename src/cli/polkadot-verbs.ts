/**
 * `gantry devnet polkadot …`: what can be done to the running devnet's Polkadot chain, as data for the parser and as calls.
 * Always: each verb waits until it is so, and says where the chain stands then. Never: anything but the devnet's own chain.
 */
import { resolve } from "node:path";
import { Argument, InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { PolkadotVerbs } from "../../devnet/polkadot/control.ts";
import type { Hex } from "../core/values.ts";

/** one verb with what it needs, to be done to a chain */
export type PolkadotOrder = { readonly said: string; readonly act: (chain: PolkadotVerbs) => Promise<unknown> };

export const polkadotExamples: readonly string[] = [
  "gantry devnet polkadot state", "gantry devnet polkadot mine 5", "gantry devnet polkadot time +3600", "gantry devnet polkadot time 2030-01-01T00:00:00Z",
  "gantry devnet polkadot reorg 2", "gantry devnet polkadot head 3", "gantry devnet polkadot upgrade", "gantry devnet polkadot stall on",
  "gantry devnet polkadot price DOT 0.9", "gantry devnet polkadot finality 1000", "gantry devnet polkadot silence on", "gantry devnet polkadot cut",
  "gantry devnet polkadot pause BTCRelay store_block_header", "gantry devnet polkadot unpause BTCRelay",
];

const whole = (least: number) => (text: string): number => {
  const value = /^\d{1,9}$/u.test(text) ? Number(text) : -1;
  if (value < least) throw new InvalidArgumentError(`"${text}" is not allowed; must be a whole number, ${least} or more.`);
  return value;
};

/** "+3600": so many seconds after the head's time; else a date. */
function momentIn(text: string): (headMs: number) => number {
  const seconds = /^\+(\d{1,9})$/u.exec(text)?.[1];
  if (seconds !== undefined) return (headMs) => headMs + Number(seconds) * 1_000;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError(`"${text}" is not allowed; must be +<seconds>, or a date such as 2030-01-01T00:00:00Z.`);
  return () => at;
}

function placeIn(text: string): Hex | number {
  if (/^0x[0-9a-f]{64}$/u.test(text)) return text as Hex;
  if (/^\d{1,9}$/u.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is not allowed; must be a height on the head's branch, or a block's hash (0x and 64 hex digits).`);
}

function amountIn(text: string): number {
  const value = /^\d{1,12}(\.\d{1,6})?$/u.test(text) ? Number(text) : 0;
  if (value > 0) return value;
  throw new InvalidArgumentError(`"${text}" is not allowed; must be a number above 0 with at most 6 decimals.`);
}

const onOff = (): Argument => new Argument("<on|off>", "begin it or end it").choices(["on", "off"]);
const blocks = (count: number): string => (count === 1 ? "1 block" : `${count} blocks`);

/** Adds the verbs below `parent`; `order` receives what to do. */
export function addPolkadotVerbs(parent: Command, order: (order: PolkadotOrder) => Promise<void>): void {
  const verb = (name: string, description: string): Command => parent.command(name).description(description);
  verb("state", "where the chain stands").action(() => order({ said: "as it is", act: (chain) => chain.state() }));
  verb("mine", "make blocks at once").argument("[count]", "how many", whole(1), 1)
    .action((count: number) => order({ said: `made ${blocks(count)}`, act: (chain) => chain.mine(count) }));
  verb("time", "move the clock of the next block forward").argument("<when>", "+<seconds> after the head, or a date", momentIn)
    .action((when: (headMs: number) => number) => order({ said: "the clock is moved", act: async (chain) => chain.setTime(when((await chain.state()).head.timeMs)) }));
  verb("reorg", "replace the last blocks by others").argument("<depth>", "how many are replaced", whole(1)).option("--length <blocks>", "how many others (default: one more)", whole(1))
    .action((depth: number, { length }: { length?: number }) =>
      order({ said: `replaced ${blocks(depth)}`, act: (chain) => chain.reorg(depth, length === undefined ? {} : { length }) }));
  verb("head", "make another block the head, also one below the final block").argument("<block>", "height or hash", placeIn)
    .action((at: Hex | number) => order({ said: "the head is moved", act: (chain) => chain.setHead(at) }));
  verb("upgrade", "upgrade the runtime").argument("[wasm]", "file of a runtime with a higher spec version (default: the project's second one)")
    .action((wasm: string | undefined) => order({ said: "the runtime is upgraded", act: async (chain) => chain.upgrade(wasm === undefined ? (await import("../../devnet/polkadot/server.ts")).upgradedRuntime : resolve(wasm)) }));
  verb("stall", "stop making blocks, or go on").addArgument(onOff())
    .action((on: string) => order({ said: on === "on" ? "no blocks by themselves" : "blocks come again", act: (chain) => chain.stall(on === "on") }));
  verb("price", "what the oracle says").addArgument(new Argument("<of>", "planck of a collateral per satoshi, or satoshi per virtual byte").choices(["DOT", "INTR", "fee"])).argument("<value>", "the price", amountIn)
    .action((of: string, value: number) => order({ said: `${of} is ${value}`, act: (chain) => chain.setPrice(of, value) }));
  const named = (pallet: string, call: string | undefined): string => (call === undefined ? pallet : `${pallet}.${call}`);
  const pausing = (name: "pause" | "unpause", description: string): Command =>
    verb(name, description).argument("<pallet>", "as in the metadata, e.g. BTCRelay").argument("[call]", "one of its calls, e.g. store_block_header (default: all)")
      .action((pallet: string, call: string | undefined) => order({ said: `${named(pallet, call)} is ${name}d`, act: (chain) => chain[name](pallet, call) }));
  pausing("pause", "calls fail with System.CallFiltered, as when governance pauses them");
  pausing("unpause", "calls work again");
  verb("finality", "how many blocks final is behind the head; many stop it").argument("<blocks>", "how many", whole(0))
    .action((behind: number) => order({ said: `final is ${blocks(behind)} behind`, act: (chain) => chain.setFinalityLag(behind) }));
  verb("silence", "sockets stay open and say nothing").addArgument(onOff())
    .action((on: string) => order({ said: on === "on" ? "silent" : "answers again", act: (chain) => chain.silence(on === "on") }));
  verb("cut", "end every open socket").action(() => order({ said: "sockets ended", act: (chain) => chain.cut() }));
}

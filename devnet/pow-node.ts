/**
 * A read-only stand-in for bitcoind that serves a recorded chain with real work, block by block, and can misbehave on demand.
 * Always: answers as bitcoind does (codes, HTTP statuses, batches); heights it does not have are "out of range".
 * Never: validates, takes transactions, or has a login. Loopback only.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

import { concatHex, sliceHex } from "../src/core/hex.ts";
import type { Hex } from "../src/core/values.ts";
import { answerWith } from "./pow-node-answers.ts";
import type { View } from "./pow-node-answers.ts";
import type { PowBlock, PowChain } from "./pow-chain.ts";

/**
 * What a lying node says. `wrong-parent`: headers name another parent. `wrong-merkle-root`: headers commit to other
 * transactions. `foreign-transactions`: a block comes with another block's transactions. `missing-transaction`: a block
 * comes without its last transaction. `wrong-height`: a height answers with the block below it.
 */
export type Lie = "wrong-parent" | "wrong-merkle-root" | "foreign-transactions" | "missing-transaction" | "wrong-height";

export interface PowNode {
  readonly url: string;
  /** the highest block it shows; one below the first block when it shows none */
  height(): number;
  /** shows the next blocks; returns the new height */
  reveal(count?: number): number;
  /** shows the chain up to this height, or hides what is above it */
  setHeight(height: number): void;
  /** true: takes requests and answers none of them until false */
  stall(on: boolean): void;
  /** every answer comes this much later */
  setDelay(ms: number): void;
  lie(kind: Lie | null): void;
  /** methods asked so far, oldest first */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const flipped = "5a".repeat(32);
const patched = (header: Hex, start: number): Hex => concatHex(sliceHex(header, 0, start), `0x${flipped}`, sliceHex(header, start + 32));

function told(block: PowBlock, index: number, all: readonly PowBlock[], lie: Lie | null): PowBlock {
  switch (lie) {
    case null:
    case "wrong-height":
      return block;
    case "wrong-parent":
      return { ...block, header: patched(block.header, 4) };
    case "wrong-merkle-root":
      return { ...block, header: patched(block.header, 36) };
    case "missing-transaction":
      return { ...block, txids: block.txids.slice(0, -1), txs: block.txs.slice(0, -1) };
    case "foreign-transactions": {
      const other = all[index === 0 ? 1 : index - 1] ?? block;
      return { ...block, txids: other.txids, txs: other.txs };
    }
  }
}

type State = { shown: number; stalled: boolean; delayMs: number; lie: Lie | null; readonly waiting: Set<() => void>; readonly closing: AbortController };

const viewOf = (chain: PowChain, state: State): View => {
  const shown = chain.blocks.slice(0, state.shown);
  return {
    first: chain.blocks[0]?.height ?? 0,
    blocks: shown.map((block, index) => told(block, index, shown, state.lie)),
    hashAt: (index) => shown[state.lie === "wrong-height" && index > 0 ? index - 1 : index]?.hash,
  };
};

/** Resolves when `holds` is true; looked at after every change of the state and on close. */
function when(state: State, holds: () => boolean, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const look = (): void => {
      if (!holds() && !state.closing.signal.aborted) return;
      finish();
    };
    const finish = (): void => {
      clearTimeout(timer);
      state.waiting.delete(look);
      resolve();
    };
    if (withinMs > 0) timer = setTimeout(finish, withinMs);
    state.waiting.add(look);
    look();
  });
}

type Request = { readonly id?: unknown; readonly method?: unknown; readonly params?: unknown };

async function answerOne(chain: PowChain, state: State, asked: string[], request: Request): Promise<object> {
  const method = String(request.method);
  const params = Array.isArray(request.params) ? (request.params as readonly unknown[]) : [];
  asked.push(method);
  if (method === "waitfornewblock") {
    const before = state.shown;
    await when(state, () => state.shown !== before, Number(params[0] ?? 0));
  }
  return { jsonrpc: "2.0", id: request.id ?? null, ...answerWith(viewOf(chain, state), method, params) };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}

async function serve(chain: PowChain, state: State, asked: string[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  await when(state, () => !state.stalled, 0);
  if (state.delayMs > 0) await pause(state.delayMs, undefined, { signal: state.closing.signal });
  const answer = Array.isArray(body)
    ? await Promise.all(body.map((one: Request) => answerOne(chain, state, asked, one)))
    : await answerOne(chain, state, asked, body as Request);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(answer));
}

/** `shown`: how many blocks it shows from the start (default none). */
export async function startPowNode(options: { readonly chain: PowChain; readonly shown?: number }): Promise<PowNode> {
  const { chain, shown = 0 } = options;
  const state: State = { shown, stalled: false, delayMs: 0, lie: null, waiting: new Set(), closing: new AbortController() };
  const asked: string[] = [];
  const first = chain.blocks[0]?.height ?? 0;
  const changed = (): void => {
    for (const look of state.waiting) look();
  };
  const show = (count: number): void => {
    state.shown = Math.max(0, Math.min(count, chain.blocks.length));
    changed();
  };
  const server = createServer((request, response) => {
    serve(chain, state, asked, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    height: () => first + state.shown - 1,
    reveal: (count = 1) => {
      show(state.shown + count);
      return first + state.shown - 1;
    },
    setHeight: (height) => show(height - first + 1),
    stall: (on) => {
      state.stalled = on;
      changed();
    },
    setDelay: (ms) => {
      state.delayMs = ms;
    },
    lie: (kind) => {
      state.lie = kind;
    },
    asked,
    close: () =>
      new Promise((resolve) => {
        state.closing.abort();
        changed();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

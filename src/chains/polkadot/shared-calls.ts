/**
 * One round trip for all who ask a node the same thing at the same moment: several deliveries woken by one block do.
 * Always: an answer is of a question that was open when it was asked. Never: shares what changes the node, or one caller's giving up.
 */
import { failureOf } from "../../core/errors.ts";

type Ask = (method: string, params: readonly unknown[], signal: AbortSignal) => Promise<unknown>;

/** questions only */
const shared: ReadonlySet<string> = new Set([
  "chain_getBlock", "chain_getBlockHash", "chain_getFinalizedHead", "chain_getHeader", "author_pendingExtrinsics", "state_call", "state_getRuntimeVersion", "state_getStorage", "state_queryStorageAt",
]);

export function shareCalls(ask: Ask): Ask {
  const open = new Map<string, Promise<unknown>>();
  return async (method, params, signal) => {
    if (!shared.has(method)) return ask(method, params, signal);
    const key = `${method} ${JSON.stringify(params)}`;
    const running = open.get(key);
    if (running !== undefined) {
      try {
        return await running;
      } catch (thrown) {
        // its caller gave it up; whoever is left asks for himself
        if (failureOf(thrown).code === "call-aborted" && !signal.aborted) return ask(method, params, signal);
        throw thrown;
      }
    }
    const mine = ask(method, params, signal);
    open.set(key, mine);
    try {
      return await mine;
    } finally {
      open.delete(key);
    }
  };
}

/**
 * The one place that matches what Substrate nodes say when they refuse, by code and by words.
 * Always: every pool refusal has an answer in test/fixtures/polkadot/pool-errors.json; an unknown answer is the node's trouble
 * (Unavailable), so that another endpoint is asked. Never: judges a dispatch error (that is dispatch.ts and the bridge).
 */
import type { GantryError } from "../../core/errors.ts";
import { rejected, unavailable } from "../../core/errors.ts";

/** An error object as a node sent it. */
export type NodeRefusal = { readonly code: number; readonly message: string; readonly data: unknown };

type Rule = { readonly code: number | null; readonly says: RegExp; readonly make: (text: string) => GantryError };

const retry = (code: string, advice: string) => (text: string): GantryError =>
  unavailable(code, `the node answered "${text}": ${advice}`);
const refuse = (code: string, advice: string) => (text: string): GantryError =>
  rejected(code, `the node answered "${text}": ${advice}`);

const any = /^/;
/** The first that fits counts. 1010 and 1011 are the runtime's words, 1012 to 1019 the pool's. */
const rules: readonly Rule[] = [
  { code: 1010, says: /outdated|stale/i, make: refuse("nonce-too-low", "a block has already used this nonce") },
  { code: 1010, says: /valid in the future|future/i, make: retry("nonce-too-high", "earlier nonces of this account are not used yet") },
  { code: 1010, says: /inability to pay|balance too low|payment/i, make: retry("insufficient-funds", "the sending account cannot pay the fee; top it up") },
  { code: 1010, says: /ancient birth block/i, make: refuse("era-over", "the block it was born in is forgotten; it is signed anew in the same nonce") },
  {
    code: 1010, says: /bad signature|badproof/i,
    make: refuse("signature-refused", "its era is over, the runtime changed since it was signed, or it is for another chain; it is signed anew in the same nonce"),
  },
  { code: 1010, says: /exhaust/i, make: refuse("extrinsic-too-large", "no block can hold it") },
  { code: 1010, says: any, make: refuse("extrinsic-invalid", "the runtime does not take it") },
  { code: 1011, says: any, make: retry("validity-unknown", "the runtime cannot tell now whether it is valid") },
  { code: 1012, says: any, make: retry("extrinsic-banned", "this node refuses these very bytes for up to half an hour; other bytes in the same nonce pass") },
  { code: 1013, says: any, make: refuse("already-known", "it has these very bytes") },
  { code: 1014, says: any, make: retry("replacement-underpriced", "another extrinsic with this nonce waits with no smaller tip; a higher tip replaces it") },
  { code: 1015, says: any, make: refuse("extrinsic-invalid", "it needs itself in the pool first") },
  { code: 1016, says: any, make: retry("pool-full", "its pool is full of better paying ones; wait or raise the tip") },
  { code: 1017, says: any, make: refuse("extrinsic-invalid", "the pool cannot use it") },
  { code: 1018, says: any, make: retry("pool-full", "the pool does not take any now") },
  { code: 1019, says: any, make: refuse("extrinsic-invalid", "it names no account and nonce") },
  { code: 1001, says: any, make: refuse("extrinsic-invalid", "the runtime cannot read its bytes: it was made for another runtime") },
  { code: 1002, says: any, make: retry("validity-unknown", "the runtime failed to look at it") },
  { code: -32601, says: any, make: retry("method-unknown", "it does not offer this method; use another node") },
  { code: null, says: /unsafe to be called externally/i, make: retry("method-unknown", "it does not offer this method to the outside; use another node") },
  { code: null, says: /state already discarded|state (is )?(not available|pruned)|unable to fetch .* state|api called for an unknown block/i, make: retry("block-pruned", "it no longer keeps the state of this block; use an archive node") },
  { code: null, says: /unknown ?block|header was not found|expect(ed)? block (number|header)|block .* not found/i, make: retry("unknown-block", "it does not have this block now") },
  { code: null, says: /too many (requests|calls)|rate limit|limit (reached|exceeded)|server is (too )?busy/i, make: retry("endpoint-throttled", "it wants fewer requests; slow down or use another endpoint") },
];

/** A node's refusal as an error with a remedy. */
export function classifyRefusal(refusal: NodeRefusal, endpoint: string, method: string): GantryError {
  const text = plain(typeof refusal.data === "string" ? `${refusal.message}: ${refusal.data}` : refusal.message);
  const rule = rules.find(({ code, says }) => (code === null || code === refusal.code) && says.test(text));
  if (rule !== undefined) return rule.make(text);
  return unavailable("call-refused", `endpoint ${endpoint} refused ${method} with code ${refusal.code} "${text}"; another endpoint is asked`, {
    evidence: { endpoint, method, code: refusal.code, message: text },
  });
}

/** One line, no control characters, bounded: node text goes into messages and the ledger. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, " ").trim().slice(0, 300);
}

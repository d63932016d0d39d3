/**
 * The one place that matches what Ethereum nodes say when they refuse, by code and by the beginning of the message.
 * Always: every pattern has a recorded answer in test/fixtures/ethereum/node-errors.json; an unknown answer is the
 * node's trouble (Unavailable), so that another endpoint is asked.
 * Never: judges why a contract reverted (the reason is handed on; bridges/<bridge>/errors.ts judges it).
 */
import { AbiCoder } from "ethers";
import type { GantryError } from "../../core/errors.ts";
import { rejected, unavailable } from "../../core/errors.ts";
import type { Hex } from "../../core/values.ts";

/** An error object as a node sent it. */
export type NodeRefusal = { readonly code: number; readonly message: string; readonly data: unknown };
/** Why a call reverted: `reason` is readable text, or null when the contract gave none; `data` are the raw bytes. */
type Revert = { readonly reason: string | null; readonly data: Hex };

type Rule = { readonly says: RegExp; readonly make: (text: string) => GantryError };

const retry = (code: string, advice: string) => (text: string): GantryError =>
  unavailable(code, `the node answered "${text}": ${advice}`);
const refuse = (code: string, advice: string) => (text: string): GantryError =>
  rejected(code, `the node answered "${text}": ${advice}`);

const rules: readonly Rule[] = [
  { says: /^(already known|transaction already imported|known transaction|alreadyknown)/, make: refuse("already-known", "it has these very bytes") },
  { says: /^(nonce too low|oldnonce)/, make: refuse("nonce-too-low", "a block has already used this nonce") },
  {
    says: /^(replacement transaction underpriced|replacementnotallowed|future transaction tries to replace pending)/,
    make: retry("replacement-underpriced", "another transaction with this nonce waits at a higher fee; raise both fee fields by at least 10 %"),
  },
  {
    says: /^(insufficient funds|insufficientfunds|gas required exceeds allowance|out of gas: gas required exceeds allowance)/,
    make: retry("insufficient-funds", "the sending account cannot pay for the gas; top it up"),
  },
  {
    says: /^(max fee per gas less than block base fee|transaction underpriced|feetoolow|err: max fee per gas less)/,
    make: retry("fee-too-low", "the fee is below what a block or this node takes now; wait or raise it"),
  },
  { says: /^(exceeds block gas limit|intrinsic gas too high|transaction gas limit too high)/, make: refuse("gas-above-block-limit", "no block can hold this transaction") },
  { says: /^intrinsic gas too low/, make: refuse("gas-too-low", "the gas limit does not cover the transaction's own bytes") },
  { says: /^(invalid chain id|invalid sender)/, make: refuse("transaction-for-another-chain", "it was signed for another chain id") },
  {
    says: /^(header not found|header for hash not found|unknown block|resource not found|block not found|blockoutofrangeerror|request beyond head block|block range extends beyond current head block|(finalized|safe) block not found|one of the blocks specified)/,
    make: retry("unknown-block", "it does not have this block now"),
  },
  {
    says: /^(pruned history unavailable|missing trie node|old data not available due to pruning|required historical state unavailable|historical state .* is not available)/,
    make: retry("block-pruned", "it no longer keeps this part of history; use an endpoint that does"),
  },
  {
    says: /(query returned more than \d+ results|log response size exceeded|range \d+ exceeds limit|exceeds? (the )?(max(imum)? )?block range|block range (is )?too (large|wide)|is limited to a [\d,]+ (block )?range|query timeout exceeded|range limit|query exceeds max results)/,
    make: refuse("log-range-too-large", "ask for fewer blocks at once"),
  },
  {
    says: /(rate limit|too many requests|request limit reached|exceeded its (compute|throughput)|limit exceeded|capacity)/,
    make: retry("endpoint-throttled", "it wants fewer requests; slow down or use another endpoint"),
  },
];

/** A node's refusal as an error with a remedy. Reverts become Rejected "call-reverted" with evidence {reason, data}. */
export function classifyRefusal(refusal: NodeRefusal, endpoint: string, method: string): GantryError {
  const revert = revertOf(refusal);
  if (revert !== null) {
    const why = revert.reason === null ? "without a reason" : `with "${revert.reason}"`;
    return rejected("call-reverted", `the contract refuses this call ${why}`, { evidence: revert });
  }
  const text = plain(refusal.message);
  const rule = rules.find(({ says }) => says.test(text.toLowerCase()));
  if (rule !== undefined) return rule.make(text);
  if (refusal.code === -32005) return retry("endpoint-throttled", "it wants fewer requests; slow down or use another endpoint")(text);
  if (refusal.code === 4444) return retry("block-pruned", "it no longer keeps this part of history; use an endpoint that does")(text);
  return unavailable("call-refused", `endpoint ${endpoint} refused ${method} with code ${refusal.code} "${text}"; another endpoint is asked`, {
    evidence: { endpoint, method, code: refusal.code, message: text },
  });
}

/** The revert inside a refusal, or null when the refusal is something else. */
function revertOf(refusal: NodeRefusal): Revert | null {
  const saysRevert = /(^|: )(execution reverted|vm execution error|revert)/i.test(refusal.message);
  if (refusal.code !== 3 && !saysRevert) return null;
  const data = hexIn(refusal.data);
  if (data !== null && data !== "0x") return { reason: decodeReason(data), data };
  const told = /execution reverted: (.+)$/is.exec(refusal.message);
  return { reason: told?.[1] === undefined ? null : plain(told[1]), data: data ?? "0x" };
}

const errorSelector = "0x08c379a0";
const panicSelector = "0x4e487b71";
const panics: Readonly<Record<string, string>> = {
  "1": "assertion failed", "17": "arithmetic overflow", "18": "division by zero", "33": "invalid enum value",
  "34": "broken storage bytes", "49": "pop of an empty array", "50": "index out of bounds", "65": "out of memory", "81": "call of an empty function",
};

/** Text of revert data: Error(string) as it is, "Panic(17): …", "custom error 0x…", or null for empty data. */
export function decodeReason(data: Hex): string | null {
  if (data.length <= 2) return null;
  const selector = data.slice(0, 10).toLowerCase();
  try {
    if (selector === errorSelector) return plain(String(AbiCoder.defaultAbiCoder().decode(["string"], `0x${data.slice(10)}`)[0]));
    if (selector === panicSelector) {
      const code = String(AbiCoder.defaultAbiCoder().decode(["uint256"], `0x${data.slice(10)}`)[0]);
      return `Panic(${code}): ${panics[code] ?? "unknown panic"}`;
    }
  } catch {
    return `undecodable revert data ${data.slice(0, 74)}`;
  }
  return `custom error ${selector}`;
}

/** Some nodes wrap the bytes: "Reverted 0x…", {data: "0x…"}, {result: "0x…"}. */
function hexIn(data: unknown): Hex | null {
  if (typeof data === "string") {
    const found = /0x([0-9a-f]{2})*$/i.exec(data);
    return found === null ? null : (found[0].toLowerCase() as Hex);
  }
  if (typeof data !== "object" || data === null) return null;
  if ("data" in data) return hexIn(data.data);
  return "result" in data ? hexIn(data.result) : null;
}

/** One line, no control characters, bounded: node text goes into messages and the ledger. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e\u00a0-\uffff]+/g, " ").trim().slice(0, 300);
}

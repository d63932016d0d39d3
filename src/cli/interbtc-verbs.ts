/**
 * `gantry devnet interbtc …`: what the devnet's interBTC user does, as data for the parser; carried out by the running devnet,
 * which has the user's coins. Always: each verb says the ids and amounts to go on with. Never: anything but the devnet's own chains.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { InterbtcUser } from "../../devnet/interbtc/user.ts";
import type { Issue } from "../../devnet/interbtc/parties.ts";
import { toDisplay } from "../chains/bitcoin/order.ts";
import { rejected, unavailable } from "../core/errors.ts";
import type { Hex, Millis } from "../core/values.ts";

/** What travels to the running devnet, as JSON; amounts in satoshi, decimal. */
export type UserOrder =
  | { readonly do: "request"; readonly amountSat: string }
  | { readonly do: "pay"; readonly issue: string; readonly valueSat: string | null }
  | { readonly do: "tokens" };

export const interbtcExamples: readonly string[] = [
  "gantry devnet interbtc request 0.01", "gantry devnet interbtc pay 0x5f0c…", "gantry devnet interbtc pay 0x5f0c… 0.005", "gantry devnet interbtc tokens",
];

const satPerBtc = 100_000_000;

function satoshiIn(text: string): string {
  const sat = /^\d{1,8}(\.\d{1,8})?$/u.test(text) ? Math.round(Number(text) * satPerBtc) : 0;
  if (sat > 0) return String(sat);
  throw new InvalidArgumentError(`"${text}" is not allowed; must be an amount of BTC above 0 with at most 8 decimals.`);
}

/** Adds the verbs below `parent`; `order` receives what to do. */
export function addInterbtcVerbs(parent: Command, order: (order: UserOrder) => Promise<void>): void {
  const verb = (name: string, description: string): Command => parent.command(name).description(description);
  verb("request", "the user asks for tokens; says what to pay to which address").argument("<btc>", "how much", satoshiIn)
    .action((amountSat: string) => order({ do: "request", amountSat }));
  verb("pay", "the user pays an issue on Bitcoin").argument("<issue>", "its id, or how the id begins").argument("[btc]", "another amount than was asked for", satoshiIn)
    .action((issue: string, valueSat: string | undefined) => order({ do: "pay", issue, valueSat: valueSat ?? null }));
  verb("tokens", "what the user has").action(() => order({ do: "tokens" }));
}

export type UserAnswer = { readonly said: string; readonly facts: Readonly<Record<string, string>> };

const btc = (sat: bigint): string => `${(Number(sat) / satPerBtc).toFixed(8)} BTC`;

/** a block comes every second or two */
const patienceMs: Millis = 30_000;

/** What `work` gives, or null after so long; it goes on then. */
async function soon<T>(work: Promise<T>, ms: Millis): Promise<T | null> {
  const enough = new AbortController();
  const late = sleep(ms, null, { signal: enough.signal }).catch(() => null);
  return Promise.race([work, late]).finally(() => enough.abort());
}

/**
 * Carries orders out as the user; remembers the issues asked for. `address` shows a script as people pay it.
 * Throws Unavailable "devnet-user-waits" when a chain does not take it in time: a person may have stalled it.
 */
export function createUserDesk(user: InterbtcUser, address: (script: Hex) => string, withinMs: Millis = patienceMs): (order: UserOrder) => Promise<UserAnswer> {
  const issues: Issue[] = [];
  const obey = async (order: UserOrder): Promise<UserAnswer> => {
    if (order.do === "tokens") {
      const sat = await user.tokensSat();
      return { said: `the user has ${btc(sat)} in tokens`, facts: { tokensSat: `${sat}` } };
    }
    if (order.do === "request") {
      const issue = await user.request(BigInt(order.amountSat));
      issues.push(issue);
      const to = address(issue.script);
      return { said: `issue ${issue.id}: pay ${btc(issue.totalSat)} to ${to}`, facts: { issue: issue.id, address: to, totalSat: `${issue.totalSat}` } };
    }
    const issue = issues.find(({ id }) => id.startsWith(order.issue));
    if (issue === undefined) throw rejected("devnet-unknown-issue", `no issue of this devnet's user begins with ${order.issue}; ${issues.length === 0 ? "none was requested: gantry devnet interbtc request 0.01" : `requested were ${issues.map(({ id }) => id).join(", ")}`}`);
    const { tx } = await user.pay(issue, order.valueSat === null ? issue.totalSat : BigInt(order.valueSat));
    return { said: `paid by ${toDisplay(tx.txid)}; it is in the next Bitcoin block`, facts: { issue: issue.id, txid: toDisplay(tx.txid) } };
  };
  const waits = (what: string): Error => unavailable("devnet-user-waits",
    `the chain has not taken ${what}, and does so once it can: is it stalled or silent (gantry devnet polkadot state; stall off; silence off)? The page shows what was asked then`);
  let asked: Promise<unknown> | null = null;
  return async (order) => {
    // her next transaction would have the nonce of the one that waits
    if (order.do === "request" && asked !== null) throw waits("what she asked before");
    const work = obey(order);
    if (order.do === "request") {
      asked = work;
      const over = (): void => void (asked = null);
      void work.then(over, over);
    }
    const answer = await soon(work, withinMs);
    if (answer === null) throw waits(`it within ${withinMs / 1_000} s`);
    return answer;
  };
}

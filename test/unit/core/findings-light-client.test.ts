/** What is said of a light client that no relayer can bring to Bitcoin's best chain. */
import { expect, it } from "vitest";
import { lightClientFindings } from "../../../src/core/findings-bridges.ts";
import type { LightClientView } from "../../../src/core/monitored-world.ts";

const hour = 3_600_000;
const now = 1_700_000_000_000;
const since = now - 2 * hour;
const client: LightClientView = {
  lane: null, bridge: "interbtc", chain: "polkadot", height: 4_035, lagBlocks: 9, lagBudgetBlocks: 2, behindSince: since, behindBudgetMs: hour, otherForkSince: since, blockedSince: null,
};
const said = (more: Partial<LightClientView>) => lightClientFindings({ ...client, ...more }, now).map(({ cause, sentence, action, evidence }) => ({ cause, sentence, action: JSON.stringify(action), evidence }));

it("names the header of a new difficulty period that cannot be told on a fork, and who can end it", () => {
  const retarget = { height: 4_032, because: "fork", since } as const;
  const [onFork, behind] = said({ retarget });
  expect(onFork).toMatchObject({ cause: "light-client-on-another-fork", evidence: { retarget } });
  expect(onFork?.sentence).toBe("interbtc's light client on Polkadot has followed another fork of Bitcoin for 2 h, and cannot be told Bitcoin's best chain: on a fork it cannot check header 4032, the first of a new difficulty period.");
  expect(onFork?.action).toContain("no relayer can end it");
  expect(behind?.sentence).toContain("9 blocks now; on a fork it cannot check header 4032");
});

it("says of the first version's runtime that it refuses the header, which no fork explains", () => {
  const [behind, ...others] = said({ otherForkSince: null, retarget: { height: 4_032, because: "runtime", since } });
  expect(others).toEqual([]);
  expect(behind).toMatchObject({ cause: "light-client-behind" });
  expect(behind?.sentence).toContain("its runtime refuses header 4032, as every first one of a difficulty period");
});

it("without such a header asks for headers to be relayed", () => {
  const [onFork] = said({ retarget: null });
  expect(onFork?.sentence).toBe("interbtc's light client on Polkadot has followed another fork of Bitcoin for 2 h.");
  expect(onFork?.action).toContain("Relay the headers");
});

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifyRevert, knownReverts } from "../../../src/bridges/tbtc/errors.ts";
import { decodeReason } from "../../../src/chains/ethereum/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

type Recorded = { readonly reason: string | null; readonly source: string; readonly data: Hex; readonly code: string; readonly remedy: string };
const { reverts } = JSON.parse(readFileSync(new URL("../../fixtures/tbtc/reverts.json", import.meta.url), "utf8")) as { readonly reverts: readonly Recorded[] };

describe("reasons of the contracts", () => {
  it.each(reverts)("$reason is $remedy $code", ({ reason, data, code, remedy }) => {
    expect(decodeReason(data)).toBe(reason);
    expect(classifyRevert(decodeReason(data), data).failure).toMatchObject({ code, remedy, evidence: { reason, data } });
  });

  it("has a fixture for every reason it knows, and knows every fixture", () => {
    expect(reverts.map(({ reason }) => reason).filter((reason) => reason !== null).sort()).toEqual([...knownReverts].sort());
  });

  it("spells them as the contracts do", () => {
    const sources = new URL("../../../node_modules/@keep-network/tbtc-v2/contracts/", import.meta.url);
    for (const { reason, source } of reverts.filter(({ source }) => existsSync(new URL(source, sources)))) {
      expect(readFileSync(new URL(source, sources), "utf8"), source).toContain(`"${reason}"`);
    }
  });

  it("knows every reason the proof functions can give", () => {
    const sources = new URL("../../../node_modules/@keep-network/tbtc-v2/contracts/bridge/", import.meta.url);
    const inFile = (file: string) => [...readFileSync(new URL(file, sources), "utf8").matchAll(/^\s+"([A-Z][^"]{8,})"/gm)].map((match) => match[1] ?? "");
    expect([...inFile("BitcoinTx.sol"), ...inFile("DepositSweep.sol")].filter((reason) => !knownReverts.includes(reason))).toEqual([]);
  });

  it("does not give up on a reason nobody has classified, nor on names of an object's own parts", () => {
    for (const reason of ["Something new", "constructor", "Panic(17): arithmetic overflow"]) expect(classifyRevert(reason, "0x").failure).toMatchObject({ remedy: "Rejected", code: "tbtc-unknown-revert" });
  });
});

import { describe, expect, it } from "vitest";
import { addressQuery, depositAddress, depositScript } from "../../../src/bridges/interbtc/deposit.ts";
import { keyScript, multipliedKey } from "../../../src/chains/bitcoin/script-key.ts";
import type { Hex } from "../../../src/core/values.ts";
import { thrownBy } from "./facts.ts";

/** of the published client's own test */
const script: Hex = "0x00149976874f125cfac32a3c5b32006066bc4525fff4";
const regtest = "bcrt1qn9mgwncjtnavx23utveqqcrxh3zjtll58pc744";

describe("a deposit's script", () => {
  it("follows from the key and the factor as in the published client's test", () => {
    const key = multipliedKey("0x027becf3c0642228336f8182a04081870bb8445453c6eac4960dd05622960a3bf7", "0x89102e9fd49ee8b2c5fd6989669f46d96ed3fe52d80469ab66fc36be725b0b45");
    expect(key).toBe("0x0297ca710a092b7dbb659d98bf5e0cec85e510e9dd3496b7f33d6e0898846331bd");
    expect(keyScript(key)).toBe(script);
  });

  it.each<[Hex, Hex]>([
    ["0x7d57759ab539f5ab8360bd4432a1851f01fb27f16dc5914d4db7e7373de288a9", "0x001424aa6fd8ec68e2154ffbad7fc93c7ca9c3cd486d"],
    ["0xee8f256375adab281285412505fbccd6f9be544dcdd85e032d3b106cc232a7c9", "0x001420b0b83ff28a6d32a0d78e75933e8dc97e930ae5"],
  ])("of issue %s is the one that a real runtime gave out", (issueId, given) => {
    expect(depositScript("0x029220ada1f1ee00473da6045ae9313a9688b05c56e2bfe79f13d70ed6715208c6", issueId)).toBe(given);
  });

  it("is none for bytes that are no key", () => {
    expect(thrownBy(() => depositScript(`0x02${"ff".repeat(32)}`, `0x${"01".repeat(32)}`))).toMatchObject({ remedy: "Invalid", code: "not-a-public-key" });
  });
});

describe("a deposit's address", () => {
  it.each([
    ["regtest", regtest],
    ["mainnet", "bc1qn9mgwncjtnavx23utveqqcrxh3zjtll50w6qe0"],
    ["signet", "tb1qn9mgwncjtnavx23utveqqcrxh3zjtll59gpnzu"],
  ] as const)("is written for %s", (network, address) => {
    expect(depositAddress(script, network)).toBe(address);
    expect(addressQuery(` ${address.toUpperCase()} `, network)).toEqual({ script, isOtherNetwork: false, expected: address });
  });

  it("of another network is known as the same script, with what our network would have written", () => {
    expect(addressQuery(depositAddress(script, "mainnet"), "regtest")).toEqual({ script, isOtherNetwork: true, expected: regtest });
    expect(addressQuery(regtest, "testnet4")).toMatchObject({ script, isOtherNetwork: true });
  });

  it("is not guessed", () => {
    for (const text of ["", "bcrt1qn9mgwncjtnavx23utveqqcrxh3zjtll58pc745", "0x1234", "ltc1qn9mgwncjtnavx23utveqqcrxh3zjtll5ws9ugm"]) expect(addressQuery(text, "regtest")).toBeNull();
  });
});

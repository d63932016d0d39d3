import { networks, payments } from "bitcoinjs-lib";
import { describe, expect, it } from "vitest";
import { addressOf, parseAddress } from "../../../src/chains/bitcoin/script-address.ts";
import { bytesOf, hexOf } from "../../../src/core/hex.ts";
import type { Hex } from "../../../src/core/values.ts";

const hash20 = bytesOf(`0x${"5a".repeat(20)}`);
const hash32 = bytesOf(`0x${"a5".repeat(32)}`);
const { p2pkh, p2sh, p2wpkh, p2wsh } = payments;
const kinds = { p2pkh, p2sh, p2wpkh, p2wsh } as const;
const libraries = { mainnet: networks.bitcoin, testnet4: networks.testnet, signet: networks.testnet, regtest: networks.regtest } as const;

describe.each(["mainnet", "testnet4", "signet", "regtest"] as const)("addresses of %s", (network) => {
  it.each(["p2pkh", "p2sh", "p2wpkh", "p2wsh"] as const)("of kind %s are written as bitcoinjs-lib does, and read back", (kind) => {
    const made = kinds[kind]({ hash: kind === "p2wsh" ? hash32 : hash20, network: libraries[network] });
    const script = hexOf(made.output ?? new Uint8Array());
    const address = addressOf(script, network);
    expect(address).toBe(made.address);
    expect(parseAddress(address ?? "")?.script).toBe(script);
    expect(parseAddress(address ?? "")?.networks).toContain(network);
  });
});

describe("an address", () => {
  it("of taproot is read, as BIP 350 writes it", () => {
    const script: Hex = "0x512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    const address = "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0";
    expect(addressOf(script, "mainnet")).toBe(address);
    expect(parseAddress(address)).toEqual({ script, networks: ["mainnet"] });
  });

  it("of the test networks is told apart only as far as it can be", () => {
    expect(parseAddress(addressOf(`0x76a914${"5a".repeat(20)}88ac`, "regtest") ?? "")?.networks).toEqual(["testnet4", "signet", "regtest"]);
    expect(parseAddress(addressOf(`0x0014${"5a".repeat(20)}`, "signet") ?? "")?.networks).toEqual(["testnet4", "signet"]);
  });

  it.each([
    ["nothing", ""],
    ["a broken checksum", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"],
    ["taproot with the checksum of version 0", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"],
    ["version 2 of segwit", "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs"],
    ["small and capital letters", "bcrt1qn9mgwncjtnavx23utveqqcrxh3zjtll58pc744".replace("q", "Q")],
    ["another chain's", "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1"],
  ])("is not read from %s", (_name, text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it("is not given to scripts without one", () => {
    for (const script of ["0x", "0x51", `0x6a20${"11".repeat(32)}`, `0x0015${"11".repeat(21)}`, `0x5220${"11".repeat(32)}`] as const) expect(addressOf(script, "mainnet")).toBeNull();
  });
});

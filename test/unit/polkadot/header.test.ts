import { describe, expect, it } from "vitest";
import { parseHeader, timeInBody } from "../../../src/chains/polkadot/header.ts";
import { failureOf } from "../../../src/core/errors.ts";

/** Polkadot's genesis header: its hash is the chain's name in every tool */
const genesis = {
  parentHash: `0x${"00".repeat(32)}`,
  number: "0x0",
  stateRoot: "0x29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17",
  extrinsicsRoot: "0x03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314",
  digest: { logs: [] as string[] },
};

describe("a header", () => {
  it("is known by the hash of its own bytes", () => {
    expect(parseHeader(genesis, "node")).toEqual({ hash: "0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3", parent: genesis.parentHash, height: 0 });
  });

  it("with another height, parent or digest has another hash", () => {
    const hashes = [{}, { number: "0x1" }, { parentHash: `0x${"01".repeat(32)}` }, { digest: { logs: ["0x00"] } }].map((change) => parseHeader({ ...genesis, ...change }, "node").hash);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each([[null], ["0x12"], [{ ...genesis, number: 5 }], [{ ...genesis, stateRoot: "0x12" }], [{ ...genesis, digest: {} }], [{ ...genesis, digest: { logs: [5] } }]])("%# that is none is the node's fault", (value) => {
    let failure = null;
    try {
      parseHeader(value, "node");
    } catch (thrown) {
      failure = failureOf(thrown);
    }
    expect(failure).toMatchObject({ remedy: "Unavailable", code: "endpoint-bad-answer" });
  });
});

describe("the time in a block's body", () => {
  it("is what the inherent extrinsic set, wherever it stands", () => {
    const inherent = "0x280401000b75ab86fba101";
    expect(timeInBody([inherent])).toBe(1_795_221_269_365);
    expect(timeInBody(["0x1004000000", inherent])).toBe(1_795_221_269_365);
  });

  it("is not read from signed extrinsics or other numbers", () => {
    expect(timeInBody(["0x288401000b75ab86fba101", "0x1004010004", "0x"])).toBeNull();
  });
});

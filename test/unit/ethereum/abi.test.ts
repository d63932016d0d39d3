import { Interface } from "ethers";
import { describe, expect, it } from "vitest";
import { bigintAt, booleanAt, createAbi, hexAt, keccak256, recordAt } from "../../../src/chains/ethereum/abi.ts";
import { failureOf } from "../../../src/core/errors.ts";
import type { Hex } from "../../../src/core/values.ts";

const fragments = ["function f(address who, (uint64 amount, bytes data)[] items) view returns (bool done, (bytes20 wallet, uint8 state) pair)", "event E(address indexed who, string name)"];
const abi = createAbi(fragments);
const plain = new Interface(fragments);
const who: Hex = `0x${"ab".repeat(20)}`;
const thrownBy = (run: () => unknown) => {
  try {
    return run();
  } catch (thrown) {
    return failureOf(thrown).code;
  }
};

describe("ABI as plain values", () => {
  it("goes out and comes back: integers bigint, hex lower case, structs by name", () => {
    const data = abi.encode("f", [who, [[5n, "0x01"], [6n, "0x"]]]);
    expect(data).toBe(plain.encodeFunctionData("f", [who, [[5n, "0x01"], [6n, "0x"]]]));
    expect(abi.decodeCall(data)).toEqual({ fn: "f", args: { who, items: [{ amount: 5n, data: "0x01" }, { amount: 6n, data: "0x" }] } });
    const answer = abi.decodeResult("f", plain.encodeFunctionResult("f", [true, [who, 3]]) as Hex);
    expect(answer).toEqual({ done: true, pair: { wallet: who, state: 3n } });
    expect([booleanAt(answer, "done"), hexAt(recordAt(answer, "pair"), "wallet"), bigintAt(recordAt(answer, "pair"), "state")]).toEqual([true, who, 3n]);
  });

  it("reads its own events only", () => {
    const { topics, data } = plain.encodeEventLog("E", [who, "Name"]);
    const log = { topics: topics as Hex[], data: data as Hex };
    expect(abi.decodeLog(log)).toEqual({ event: "E", args: { who, name: "Name" } });
    expect(abi.topic("E")).toBe(topics[0]);
    expect(abi.decodeLog({ ...log, topics: [keccak256("0x12")] })).toBeNull();
    expect(abi.decodeLog({ ...log, data: "0x12" })).toBeNull();
    expect(abi.decodeLog({ topics: [], data: "0x" })).toBeNull();
  });

  it("says whose fault it is when something does not fit", () => {
    expect(thrownBy(() => abi.decodeResult("f", "0x"))).toBe("abi-undecodable");
    expect(thrownBy(() => abi.encode("f", [who]))).toBe("abi-arguments");
    expect(thrownBy(() => abi.encode("g", []))).toBe("abi-arguments");
    expect(thrownBy(() => hexAt({ who: 5n }, "who"))).toBe("abi-field");
    expect(abi.decodeCall("0x12345678")).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { shareCalls } from "../../../src/chains/polkadot/shared-calls.ts";
import { failureOf, unavailable } from "../../../src/core/errors.ts";

type Open = { readonly method: string; readonly done: (value: unknown) => void; readonly fail: (error: Error) => void };
function node() {
  const open: Open[] = [];
  const ask = shareCalls((method) => new Promise((done, fail) => open.push({ method, done, fail })));
  return { open, ask };
}
const { signal } = new AbortController();

describe("the same question at the same moment", () => {
  it("is asked once; the next one after its answer is asked anew", async () => {
    const { open, ask } = node();
    const both = [ask("chain_getFinalizedHead", [], signal), ask("chain_getFinalizedHead", [], signal)];
    const other = ask("chain_getBlockHash", [7], signal);
    expect(open).toHaveLength(2);
    open[0]?.done("0x1");
    expect(await Promise.all(both)).toEqual(["0x1", "0x1"]);
    const later = ask("chain_getFinalizedHead", [], signal);
    expect(open).toHaveLength(3);
    open[1]?.done("0x7");
    open[2]?.done("0x2");
    expect(await Promise.all([other, later])).toEqual(["0x7", "0x2"]);
  });

  it("is asked again by the others when its own caller gives it up, and its refusal is everybody's", async () => {
    const { open, ask } = node();
    const [first, second] = [ask("state_call", ["a"], signal), ask("state_call", ["a"], signal)];
    open[0]?.fail(unavailable("call-aborted", "given up"));
    await expect(first).rejects.toMatchObject({ failure: { code: "call-aborted" } });
    open[1]?.done("0x1");
    expect(await second).toBe("0x1");
    const refused = [ask("state_call", ["b"], signal), ask("state_call", ["b"], signal)].map((work) => work.catch((thrown: unknown) => failureOf(thrown).code));
    open[2]?.fail(unavailable("block-pruned", "gone"));
    expect(await Promise.all(refused)).toEqual(["block-pruned", "block-pruned"]);
    expect(open).toHaveLength(3);
  });

  it("that changes the node is asked by everybody", () => {
    const { open, ask } = node();
    void ask("author_submitExtrinsic", ["0x1"], signal);
    void ask("author_submitExtrinsic", ["0x1"], signal);
    expect(open).toHaveLength(2);
  });
});

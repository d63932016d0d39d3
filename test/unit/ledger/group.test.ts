/** Group commit without a disk: who is told what, and when. */
import { expect, test } from "vitest";
import { createGroup } from "../../../src/ledger/group.ts";
import type { Transaction } from "../../../src/ledger/rows.ts";
import { refusalOf } from "../../support/ledger.ts";

const storeTrouble = new Error("disk I/O error");

/** A transaction that records what it was asked, and fails where it is told to. */
function recorded(fails: Partial<Record<keyof Transaction, boolean>> = {}) {
  const calls: string[] = [];
  const runs: (() => void)[] = [];
  const call = (name: keyof Transaction) => (): void => {
    calls.push(name);
    if (fails[name] === true) throw storeTrouble;
  };
  const transaction: Transaction = {
    begin: call("begin"), commit: call("commit"), rollback: call("rollback"), mark: call("mark"), keep: call("keep"), undo: call("undo"),
    isBroken: (thrown) => thrown === storeTrouble,
  };
  const group = createGroup({ transaction, soon: (run) => void runs.push(run) });
  const turn = async (): Promise<void> => {
    for (const run of runs.splice(0)) run();
    await Promise.resolve();
  };
  return { calls, group, turn, fails };
}

test("what is asked for before the turn shares one transaction, in order", async () => {
  const { calls, group, turn } = recorded();
  const done = Promise.all([group.add(() => 1), group.add(() => 2)]);
  expect(calls).toEqual([]);
  await turn();
  expect(await done).toEqual([1, 2]);
  expect(calls).toEqual(["begin", "mark", "keep", "mark", "keep", "commit"]);
});

test("a refused item is undone alone and gets its own reason", async () => {
  const { calls, group, turn } = recorded();
  const refusal = new Error("moved");
  const done = Promise.allSettled([group.add(() => 1), group.add(() => { throw refusal; }), group.add(() => 3)]);
  await turn();
  expect(await done).toEqual([{ status: "fulfilled", value: 1 }, { status: "rejected", reason: refusal }, { status: "fulfilled", value: 3 }]);
  expect(calls).toEqual(["begin", "mark", "keep", "mark", "undo", "mark", "keep", "commit"]);
});

test.each(["begin", "commit", "keep", "undo"] as const)("when %s fails nobody of the group is told yes, and the next group is tried anew", async (broken) => {
  const { calls, group, turn, fails } = recorded({ [broken]: true });
  const asked = [group.add(() => 1), group.add(() => { throw new Error("moved"); }), group.add(() => 3)].map(refusalOf);
  await turn();
  expect(await Promise.all(asked)).toEqual(Array(3).fill("Unavailable ledger-unwritable"));
  expect(calls.at(-1)).toBe("rollback");
  fails[broken] = false;
  const next = group.add(() => 4);
  await turn();
  expect(await next).toBe(4);
});

test("trouble of the store inside one item fails the whole group at once", async () => {
  const { calls, group, turn } = recorded();
  const asked = [group.add(() => 1), group.add(() => { throw storeTrouble; }), group.add(() => 3)].map(refusalOf);
  await turn();
  expect(await Promise.all(asked)).toEqual(Array(3).fill("Unavailable ledger-unwritable"));
  expect(calls).toEqual(["begin", "mark", "keep", "mark", "rollback"]);
});

test("a rollback that fails too still tells everybody", async () => {
  const { group, turn } = recorded({ commit: true, rollback: true });
  const asked = refusalOf(group.add(() => 1));
  await turn();
  expect(await asked).toBe("Unavailable ledger-unwritable");
});

test("many items are several groups, none of them lost", async () => {
  const { calls, group, turn } = recorded();
  const done = Promise.all(Array.from({ length: 600 }, (_, index) => group.add(() => index)));
  for (let turns = 0; turns < 3; turns++) await turn();
  expect(await done).toHaveLength(600);
  expect(calls.filter((call) => call === "commit")).toHaveLength(3);
});

test("the end runs what is waiting and takes nothing more", async () => {
  const { group } = recorded();
  const last = group.add(() => "last");
  group.end();
  expect(await last).toBe("last");
  expect(await refusalOf(group.add(() => 1))).toBe("Unavailable ledger-closed");
});

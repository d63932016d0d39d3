/** What `gantry show` prints of when a transfer will be done. */
import { expect, it } from "vitest";

import { transferLines } from "../../../src/cli/render-transfers.ts";
import { moment } from "../../../src/cli/terminal.ts";
import { fakeTransfer } from "../../support/transfers.ts";

const now = Date.UTC(2025, 4, 1, 12);

it.each([[0, false], [25 * 60_000, true]])("an expected time %i ms after the deadline names the deadline: %s", (afterDeadlineMs, isNamed) => {
  const one = fakeTransfer(4, { done: 1, openedAt: now, now });
  const at = now + 20 * 60_000 - afterDeadlineMs;
  const told = { ...one, eta: { medianAt: now + 20 * 60_000, p90At: now + 55 * 60_000, afterDeadlineMs }, deadline: { at, text: "the vault may refuse", passed: false } };
  const [line] = transferLines(told, (_colour, text) => text).filter((text) => text.includes("expected"));
  expect(line).toBe(`  expected  about ${moment(now + 20 * 60_000)}${isNamed ? `, after its deadline ${moment(at)}` : ""}, nine times in ten before ${moment(now + 55 * 60_000)}`);
});

/** docs/notify.md shows messages and configuration as the program has them. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { notification } from "../../../src/monitor/notification.ts";

const page = readFileSync("docs/notify.md", "utf8");
const fence = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";

it("shows a message that is one", () => {
  const shown: unknown = JSON.parse(fence("json"));
  expect(notification.parse(shown)).toEqual(shown);
});
it("explains every field, and no other", () => {
  const explained = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(explained).toEqual(Object.keys(notification.shape));
});
it("shows a configuration that is valid", () => expect(parseConfig(fence("yaml")).problems).toEqual([]));

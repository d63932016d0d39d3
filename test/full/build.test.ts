/** The published form: plain JavaScript in dist/, because Node refuses to run TypeScript inside node_modules. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type * as page from "../../src/web/page.ts";

const run = promisify(execFile);
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gantry-build-"));
  await run(resolve("node_modules/.bin/tsc"), ["-p", "tsconfig.build.json", "--outDir", join(folder, "dist")]);
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "gantry", version: "9.8.7", type: "module" }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the built command runs, knows its version and explains itself", async () => {
  const gantry = (...given: string[]) => run(process.execPath, [join(folder, "dist/src/cli/main.js"), ...given]);
  expect((await gantry("--version")).stdout.trim()).toBe("9.8.7");
  expect((await gantry("run", "--help")).stdout).toContain("--role");
  await expect(gantry("config", "check", "--config", join(folder, "none.yml"))).rejects.toMatchObject({ code: 78 });
});

test("what needs the development chains says in one line that it needs a clone, for the package is without them", async () => {
  const { files } = JSON.parse(await readFile("package.json", "utf8")) as { readonly files: readonly string[] };
  expect(files).toEqual(expect.arrayContaining(["dist", "!dist/devnet"]));
  await rm(join(folder, "dist/devnet"), { recursive: true });
  expect((await readdir(join(folder, "dist"), { recursive: true })).filter((name) => !name.endsWith(".js") && name.includes("."))).toEqual([]);
  for (const line of [["demo"], ["devnet", "up"]]) {
    const failed: unknown = await run(process.execPath, [join(folder, "dist/src/cli/main.js"), ...line]).catch((thrown: unknown) => thrown);
    expect(failed).toMatchObject({ code: 64, stderr: expect.stringMatching(/^gantry: [^\n]*clone[^\n]*\[needs-clone\]\n$/u) as unknown });
  }
});

test("the page lies where the built program looks for it", async () => {
  await run(resolve("node_modules/.bin/vite"), ["build", "page", "--configLoader", "native", "--outDir", join(folder, "dist/page")]);
  const { pageFolder, readPage } = (await import(pathToFileURL(join(folder, "dist/src/web/page.js")).href)) as typeof page;
  const paths = (await readPage(pageFolder)).map(({ path }) => path.replace(/-[\w-]+(?=\.\w+$)/u, "-digest")).toSorted();
  expect(paths).toEqual(["/", "/assets/index-digest.css", "/assets/index-digest.js", "/icon.svg"]);
  const { scripts } = JSON.parse(await readFile("package.json", "utf8")) as { readonly scripts: Readonly<Record<string, string>> };
  expect(scripts["prepack"]).toBe("npm run build");
  expect(await readFile("scripts/build.sh", "utf8")).toContain("vite build page");
});

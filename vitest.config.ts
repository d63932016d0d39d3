import { defineConfig } from "vitest/config";

const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout, ...extra },
});

// Real servers run one file at a time: two cores, and a stalled node must not be another test's load.
const real = { fileParallelism: false, pool: "forks" as const };

export default defineConfig({
  test: {
    projects: [
      project("unit", 60_000),
      project("property", 240_000),
      project("contract", 120_000, real),
      project("sim", 120_000),
      project("model", 900_000),
      project("devnet", 240_000, real),
      project("full", 900_000, real),
    ],
  },
});

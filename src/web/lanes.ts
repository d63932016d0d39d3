/**
 * The lanes of a status with what stops each of them; for the API and the page.
 */
import type { Lanes, Status } from "./answers.ts";

/** Every lane with what stops it. */
export const lanesOf = ({ at, lanes, signers, halts }: Status): Lanes => ({
  at, signers, halts,
  lanes: lanes.map((lane) => ({
    ...lane,
    halts: halts.filter(({ scope }) =>
      (scope.kind === "lane" && scope.name === lane.name) || (scope.kind === "signer" && scope.name === lane.signer)
      || (scope.kind === "chain" && (scope.name === lane.source || scope.name === lane.target))),
  })),
});

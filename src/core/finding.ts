/**
 * One thing that is wrong with this installation or its chains.
 * Always: data; the same value feeds alerts, the page, and the explanation of the transfers it holds up.
 * Never: behaviour.
 */
import type { Cause, Severity } from "./causes.ts";
import type { Acknowledgement, Action } from "./transfer.ts";
import type { ChainName, Json, LaneName, Millis, SignerName, TransferId } from "./values.ts";

/** `scope`: what it holds up; empty = everything. `stops` false: worth an alert, but nothing waits for it. */
export type Finding = {
  readonly cause: Cause;
  /** where it is not its cause's own */
  readonly severity?: Severity;
  readonly scope: { readonly chain?: ChainName; readonly lane?: LaneName; readonly signer?: SignerName; readonly bridge?: string; readonly delivery?: string };
  readonly stops: boolean;
  /** it holds up none but these; absent: all in its scope */
  readonly only?: readonly TransferId[];
  readonly since: Millis | null;
  readonly sentence: string;
  readonly evidence: Json;
  readonly action: Action;
  /** absent: nobody said that he looks at it */
  readonly acknowledged?: Acknowledgement;
};

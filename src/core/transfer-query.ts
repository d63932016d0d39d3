/**
 * What people ask of transfers page by page: said by the API, answered by the monitor.
 * Always: every part given must hold. Never: behaviour.
 */

/** null: whatever it is */
export type TransferQuery = {
  readonly state: "open" | "ended" | null;
  readonly bridge: string | null;
  readonly kind: string | null;
  readonly late: boolean | null;
  /** anything a person has: an id, a txid, an address, an account, or how one of them begins */
  readonly q: string | null;
  /** `next` of the page before */
  readonly cursor: string | null;
  readonly limit: number;
};
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

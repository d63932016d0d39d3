/**
 * What one update of the header lane carries, as its event's payload and its proof are stored.
 * Always: raw headers, linked, oldest first; heights are ours, from the header that the light client knew below them.
 * Never: I/O, or a judgement of a header.
 */
import { parseHeader } from "../../src/chains/bitcoin/codec.ts";
import type { BitcoinHeader } from "../../src/chains/bitcoin/codec.ts";
import { invalid } from "../../src/core/errors.ts";
import type { BlockRef, DeliveryId, Hex, Json } from "../../src/core/values.ts";
import { deliveryId } from "../../src/core/values.ts";

export type HeadersUpdate = {
  /** raw, 80 bytes each */
  readonly headers: readonly Hex[];
  readonly firstHeight: number;
  /** the update that was on its way before this one when it was made */
  readonly after: DeliveryId | null;
  /** its one header is the first the light client shall know */
  readonly initialise: boolean;
};
/** `forkBound`: the most chains the light client may have when the headers arrive; it asks for that bound with each. */
export type HeadersProof = { readonly forkBound: number };

export type PlacedHeader = { readonly header: BitcoinHeader; readonly height: number };

export const blockOf = ({ header, height }: PlacedHeader): BlockRef => ({ chain: "bitcoin", height, hash: header.hash, parent: header.parent, time: header.timeSeconds * 1_000 });

export const updateToJson = (update: HeadersUpdate): Json => ({ ...update });

/** The inverse, for what this program stored itself. Throws Invalid "undecodable-update". */
export function updateFromJson(payload: Json): HeadersUpdate {
  const { headers, firstHeight, after, initialise } = (payload ?? {}) as { readonly [field: string]: Json };
  if (!Array.isArray(headers) || headers.length === 0 || typeof firstHeight !== "number") {
    throw invalid("undecodable-update", `A stored update of the header lane has no headers (${JSON.stringify(payload).slice(0, 80)}). Abandon it; what is missing is planned anew.`);
  }
  return { headers: headers as readonly Hex[], firstHeight, after: typeof after === "string" ? deliveryId(after) : null, initialise: initialise === true };
}

export const headersOf = ({ headers, firstHeight }: HeadersUpdate): readonly PlacedHeader[] =>
  headers.map((raw, at) => ({ header: parseHeader(raw), height: firstHeight + at }));

/** The Bitcoin blocks an update tells of, oldest first. */
export const blocksIn = (payload: Json): readonly BlockRef[] => headersOf(updateFromJson(payload)).map(blockOf);

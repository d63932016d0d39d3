/**
 * Where a page of transfers ended, as one opaque word.
 * Always: what was given out is understood again, by any later process. Never: trusted: a foreign word is refused.
 */
import { rejected } from "../core/errors.ts";
import type { TransferPlace } from "../core/projection.ts";
import { transferId } from "../core/values.ts";

export const cursorOf = ({ openedAt, id }: TransferPlace): string => Buffer.from(`${openedAt} ${id}`).toString("base64url");

/** Throws Rejected "bad-cursor". */
export function placeOf(cursor: string): TransferPlace {
  const [, openedAt, id] = /^(\d{1,16}) (\S{1,300})$/u.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (openedAt === undefined || id === undefined) throw rejected("bad-cursor", "the cursor is none that this API gave out; leave it out for the first page, then take `next` of the page before");
  return { openedAt: Number(openedAt), id: transferId(id) };
}

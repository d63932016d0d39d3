/**
 * What the API prints: values made elsewhere, handed in by the composition root.
 * Always: the API does no work of its own.
 */
import type { Page, TransferQuery } from "../core/transfer-query.ts";
import type { Log } from "../ports.ts";
import type { Alert, Judgement, Shown, Status, TransferAnswer } from "./answers.ts";
import type { Commands } from "./commands.ts";
import type { PageFile } from "./page.ts";

export type ApiParts = {
  readonly status: () => Promise<Status>;
  /** null when nothing has this id */
  readonly show: (id: string) => Promise<Shown | null>;
  readonly transfers: {
    /** newest first. @throws Rejected `bad-cursor` */
    list(query: TransferQuery): Promise<Page<TransferAnswer>>;
    get(idOrKey: string): Promise<TransferAnswer | null>;
  };
  /** what is wrong now */
  readonly alerts: () => readonly Alert[];
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  readonly health: () => Promise<Judgement>;
  readonly ready: () => Promise<Judgement>;
  readonly commands: Commands;
  readonly token: string;
  /** host names, besides localhost and plain addresses, under which people reach this process */
  readonly hostNames: readonly string[];
  /** the page for people; empty: it was not built */
  readonly page: readonly PageFile[];
  readonly version: string;
  readonly log: Log;
};

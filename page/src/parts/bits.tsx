/** Small pieces that several views show alike. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { causes } from "../../../src/core/causes.ts";
import type { Cause } from "../../../src/core/causes.ts";
import type { Alert } from "../../../src/web/answers.ts";
import { moment, short } from "../format.ts";
import { useNow } from "../hooks.ts";

export function Copied({ text }: { readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false));
  };
  return <button type="button" class="quiet copy" onClick={() => void copy()} aria-label={`copy ${text}`}>{isCopied ? "copied" : "copy"}</button>;
}

/** An id, cut in the middle; whole on hovering, and for whoever copies it. */
export const Id = ({ id, most }: { readonly id: string; readonly most?: number }) => <code class="id" title={id}>{short(id, most)}</code>;

/** A command to be typed as it is. */
export const Command = ({ command }: { readonly command: string }) => <p class="command"><code>{command}</code><Copied text={command} /></p>;

export const CauseTag = ({ cause }: { readonly cause: Cause }) => <span class={`tag ${causes[cause].severity}`} title={causes[cause].title}>{cause}</span>;

export function LookedAt({ by: { at, who, because } }: { readonly by: NonNullable<Alert["acknowledged"]> }) {
  const now = useNow();
  return <p class="looked">Looked at by <strong>{who}</strong> since {moment(at, now)}{because === null ? "" : `: ${because}`}</p>;
}

export const Evidence = ({ of: value, label = "Evidence" }: { readonly of: unknown; readonly label?: string }) => {
  if (value === null || value === undefined || (typeof value === "object" && Object.keys(value).length === 0)) return null;
  return <details class="evidence"><summary>{label}</summary><pre>{JSON.stringify(value, null, 2)}</pre></details>;
};

export const Trouble = ({ problem }: { readonly problem: { readonly code: string; readonly message: string } | null }) =>
  (problem === null ? null : <p class="trouble" role="alert">{problem.message} <code>[{problem.code}]</code></p>);

export const Empty = ({ children }: { readonly children: ComponentChildren }) => <p class="empty">{children}</p>;

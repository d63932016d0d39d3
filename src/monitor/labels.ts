/**
 * What each metric label may say. One label name has one meaning in every series.
 * Always: values are a closed set, or short code words written in the source; what the configuration names comes in by `Known`.
 * Never: an id, a hash, an address or a URL as a label value (the number of series must not grow with the number of transfers).
 */
import { states } from "../core/delivery.ts";
import { chainNames } from "../core/values.ts";
import type { ChainName, LaneName, SignerName } from "../core/values.ts";

/** Everything a running instance knows before its first turn: what the series are initialised with. */
export type Known = {
  readonly version: string;
  readonly chains: readonly ChainName[];
  readonly endpoints: readonly { readonly chain: ChainName; readonly name: string }[];
  readonly lanes: readonly LaneName[];
  readonly signers: readonly { readonly chain: ChainName; readonly name: SignerName }[];
  /** names of the loops of this process, e.g. "watch-bitcoin" */
  readonly loops: readonly string[];
};

/** `values` null = open: short code words from the source. `where` is for docs/metrics.md. */
export type LabelMeaning = { readonly where: string; readonly values: ((known: Known) => readonly string[]) | null };

/** how `submissions_total` counts one signed transaction's fate */
export const submissionResults = [
  "sent", "outbid", "included", "reverted", "lost", "slot_taken", "by_other", "delivered", "delivered_by_other",
] as const;

const scopesOf = (known: Known): readonly string[] => [
  ...known.chains.map((name) => `chain:${name}`),
  ...known.lanes.map((name) => `lane:${name}`),
  ...known.signers.map(({ name }) => `signer:${name}`),
];

export const labels = {
  at: { where: "`best`, `final` (as the nodes say) or `cursor` (as far as the ledger has read)", values: () => ["best", "final", "cursor"] },
  chain: { where: chainNames.map((name) => `\`${name}\``).join(", "), values: (known) => known.chains },
  code: { where: "a code of docs/errors.md", values: null },
  endpoint: { where: "the endpoint's `name` in the configuration", values: (known) => known.endpoints.map(({ name }) => name) },
  kind: { where: "what the audit found, a code word", values: null },
  lane: { where: "a lane of the configuration", values: (known) => known.lanes },
  loop: { where: "`watch-<chain>`, `audit` and `upkeep` (of the relayer), `monitor`", values: (known) => known.loops },
  method: { where: "the node's method as called", values: null },
  node: { where: "the version of Node.js", values: null },
  result: { where: submissionResults.map((name) => `\`${name}\``).join(", "), values: () => submissionResults },
  scope: { where: "`chain:<name>`, `lane:<name>` or `signer:<name>`", values: scopesOf },
  signer: { where: "a signer of the configuration", values: (known) => known.signers.map(({ name }) => name) },
  state: { where: states.map((name) => `\`${name}\``).join(", "), values: () => states },
  version: { where: "the version of Gantry", values: null },
  where: { where: "the part that met the error, a code word such as `watch-bitcoin`", values: null },
} as const satisfies Readonly<Record<string, LabelMeaning>>;

export type LabelName = keyof typeof labels;
export type LabelSet = Readonly<Partial<Record<LabelName, string>>>;

/** A code word: what an open label may say. Long hex, URLs and free text do not match. */
const word = /^(?!.*(?:0x)?[0-9a-f]{16})[A-Za-z][A-Za-z0-9_.:+-]{0,63}$/;

/** Null when `value` is allowed for the label (or is one of `more`), else what is allowed. */
export function refusalOf(name: LabelName, value: string, known: Known, more: readonly string[] = []): string | null {
  const { values } = labels[name] as LabelMeaning;
  if (more.includes(value)) return null;
  if (values === null) return name === "node" || name === "version" || word.test(value) ? null : "a short code word";
  const allowed = values(known);
  return allowed.includes(value) ? null : `one of ${allowed.length === 0 ? "(nothing configured)" : allowed.join(", ")}`;
}

/** Every combination of values the labels can take; none when one of them is open. Endpoints and signers stay with their chain. */
export function combinations(names: readonly LabelName[], known: Known): readonly LabelSet[] {
  let sets: LabelSet[] = [{}];
  for (const name of names) {
    const { values } = labels[name] as LabelMeaning;
    if (values === null) return [];
    sets = sets.flatMap((set) => values(known).map((value) => ({ ...set, [name]: value })));
  }
  const belongs = (list: readonly { readonly chain: string; readonly name: string }[], chain: string | undefined, name: string | undefined) =>
    chain === undefined || name === undefined || list.some((one) => one.chain === chain && one.name === name);
  return sets.filter((set) => belongs(known.endpoints, set.chain, set.endpoint) && belongs(known.signers, set.chain, set.signer));
}

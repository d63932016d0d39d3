/**
 * What each metric label may say. One label name has one meaning in every series.
 * Always: values are a closed set, or short code words written in the source; what the configuration names comes in by `Known`.
 * Never: an id, a hash, an address or a URL as a label value (the number of series must not grow with the number of transfers).
 */
import { causeNames } from "../core/causes.ts";
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
  /** the kinds of transfers that are followed, each with the names of its steps */
  readonly journeys: readonly { readonly bridge: string; readonly kind: string; readonly steps: readonly string[] }[];
};

export type Values = (known: Known) => readonly string[];
/** `values` null = open: short code words from the source. `where` is for docs/metrics.md. */
export type LabelMeaning = { readonly where: string; readonly values: Values | null };
/** What labels may say in one series, where that differs. */
export type OwnValues = Readonly<Partial<Record<LabelName, Values>>>;

/** how `submissions_total` counts one signed transaction's fate */
export const submissionResults = [
  "sent", "outbid", "included", "reverted", "lost", "slot_taken", "by_other", "delivered", "delivered_by_other",
] as const;

/** how `notifications_total` counts one try to tell somebody */
export const notificationResults = ["sent", "failed"] as const;
/** which of a step's two budgets `step_budget_seconds` gives */
export const budgetKinds = ["normal", "late"] as const;
const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const scopesOf = (known: Known): readonly string[] => [
  ...known.chains.map((name) => `chain:${name}`),
  ...known.lanes.map((name) => `lane:${name}`),
  ...known.signers.map(({ name }) => `signer:${name}`),
];

export const labels = {
  at: {
    where: "of a height: `best`, `final` (as the nodes say) or `cursor` (as far as the ledger has read); of a budget: `normal` or `late`",
    values: () => ["best", "final", "cursor"],
  },
  bridge: { where: "a bridge of the configuration", values: ({ journeys }) => [...new Set(journeys.map(({ bridge }) => bridge))] },
  cause: { where: quoted(causeNames), values: () => causeNames },
  chain: { where: quoted(chainNames), values: (known) => known.chains },
  code: { where: "a code of docs/errors.md", values: null },
  endpoint: { where: "the endpoint's `name` in the configuration", values: (known) => known.endpoints.map(({ name }) => name) },
  kind: { where: "of a transfer: `deposit`, `redemption`, `issue` and the like; in `audit_findings_total`: what the audit found, a code word", values: null },
  lane: { where: "a lane of the configuration", values: (known) => known.lanes },
  loop: { where: "`watch-<chain>`, `audit`, `upkeep` and `sync` (of the relayer), `monitor`", values: (known) => known.loops },
  method: { where: "the node's method as called", values: null },
  node: { where: "the version of Node.js", values: null },
  result: { where: `of a transaction: ${quoted(submissionResults)}; of a notification: ${quoted(notificationResults)}`, values: () => submissionResults },
  scope: { where: "`chain:<name>`, `lane:<name>` or `signer:<name>`", values: scopesOf },
  signer: { where: "a signer of the configuration", values: (known) => known.signers.map(({ name }) => name) },
  state: { where: quoted(states), values: () => states },
  step: { where: "a step of that kind of transfer", values: ({ journeys }) => [...new Set(journeys.flatMap(({ steps }) => steps))] },
  version: { where: "the version of Gantry", values: null },
  where: { where: "the part that met the error, a code word such as `watch-bitcoin`", values: null },
} as const satisfies Readonly<Record<string, LabelMeaning>>;

export type LabelName = keyof typeof labels;
export type LabelSet = Readonly<Partial<Record<LabelName, string>>>;

/** A code word: what an open label may say. Long hex, URLs and free text do not match. */
const word = /^(?!.*(?:0x)?[0-9a-f]{16})[A-Za-z][A-Za-z0-9_.:+-]{0,63}$/;

const valuesOf = (name: LabelName, own: OwnValues): Values | null => own[name] ?? (labels[name] as LabelMeaning).values;

/** Null when this label set is allowed in a series with these own values, else which label is wrong and what it may say. */
export function refusalOf(set: LabelSet, known: Known, own: OwnValues = {}): string | null {
  for (const [name, value] of Object.entries(set) as [LabelName, string][]) {
    const values = valuesOf(name, own)?.(known) ?? null;
    const isFine = values === null ? name === "node" || name === "version" || word.test(value) : values.includes(value);
    if (!isFine) return `label ${name}="${value}", allowed is ${values === null ? "a short code word" : `one of ${values.length === 0 ? "(nothing configured)" : values.join(", ")}`}`;
  }
  return belongs(set, known) ? null : `labels ${JSON.stringify(set)}, which do not belong together`;
}

/** Endpoints and signers stay with their chain, kinds of transfers with their bridge, steps with their kind. */
function belongs({ chain, endpoint, signer, bridge, kind, step }: LabelSet, { endpoints, signers, journeys }: Known): boolean {
  const isOf = (list: readonly { readonly chain: string; readonly name: string }[], name: string | undefined) =>
    chain === undefined || name === undefined || list.some((one) => one.chain === chain && one.name === name);
  const isOnAJourney = bridge === undefined ||
    journeys.some((one) => one.bridge === bridge && (kind === undefined || one.kind === kind) && (step === undefined || one.steps.includes(step)));
  return isOf(endpoints, endpoint) && isOf(signers, signer) && isOnAJourney;
}

/** Every combination of values the labels can take that belongs together; none when one of them is open. */
export function combinations(names: readonly LabelName[], known: Known, own: OwnValues = {}): readonly LabelSet[] {
  let sets: LabelSet[] = [{}];
  for (const name of names) {
    const values = valuesOf(name, own)?.(known);
    if (values === undefined) return [];
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value })).filter((next) => belongs(next, known)));
  }
  return sets;
}

/** The cases of alerts on transfers and deliveries that do not go on. */
import { also, firing, never, phases, steady, story } from "./case.ts";
import type { Case, Input } from "./case.ts";
import type { Cause } from "../../src/core/causes.ts";
import { pascal } from "./rule.ts";

const known = "bridge-1:9464";
const active = (cause: Cause): Input => ({ [`gantry_cause_active{cause="${cause}"}`]: phases(0, 1) });
const late = (cause: Cause): Input => ({ [`gantry_transfers_late{bridge="tbtc",kind="deposit",step="sweep",cause="${cause}"}`]: phases(0, 2) });
const named = " 2 tbtc deposit (sweep);";

/** A cause that Gantry judges; `before` fills what its description has before the late ones. */
const judged = (cause: Cause, more: Input = {}, before: readonly string[] = []): readonly Case[] => [
  story(pascal(cause), { ...active(cause), ...late(cause), ...more }, {}, [known, ...before, named]),
  also(pascal(cause), "when nothing is late yet", { ...active(cause), ...more }, 49, [firing(pascal(cause), {}, [known, ...before, ""])]),
];

const deadlines: Input = { 'gantry_transfer_deadline_seconds{bridge="tbtc",kind="deposit"}': phases(1e9, 5400), 'gantry_transfer_deadline_seconds{bridge="tbtc",kind="redemption"}': steady(1e9) };
const behind: Input = { 'gantry_light_client_lag_blocks{lane="interbtc-headers"}': steady(12) };
const open = 'bridge="tbtc",kind="deposit"';

export const stuckCases: readonly Case[] = [
  story("ProofRefused", { 'gantry_deliveries{lane="tbtc-redemption",state="parked"}': phases(0, 2), 'gantry_deliveries_parked{lane="tbtc-redemption",code="tbtc-inputs-taken"}': phases(0, 2) },
    { lane: "tbtc-redemption", state: "parked" }, ["2", "tbtc-redemption", " 2 × tbtc-inputs-taken (tbtc-redemption);"]),
  never("ProofRefused", "for what is finished", { 'gantry_deliveries{lane="tbtc-redemption",state="delivered"}': steady(40) }),
  ...judged("deadline-near", deadlines, [" tbtc deposit 1h 30m 0s;"]),
  ...judged("deadline-passed", { 'gantry_transfer_deadline_seconds{bridge="tbtc",kind="deposit"}': steady(-5400) }, [" tbtc deposit -1h 30m 0s;"]),
  ...judged("source-reorged-out"),
  ...judged("light-client-behind", behind, [" interbtc-headers 12;"]),
  ...judged("light-client-on-another-fork", behind, [" interbtc-headers 12;"]),
  ...judged("light-client-blocked"),
  ...judged("relay-epoch-leaving", { 'gantry_relay_epoch_margin_blocks{lane="tbtc-redemption"}': steady(20), 'gantry_relay_epoch_margin_blocks{lane="tbtc-deposit-sweep"}': steady(1e9) }, [" tbtc-redemption 20;"]),
  ...judged("paid-too-little"), ...judged("paid-too-late"), ...judged("payment-unusable"), ...judged("paid-and-cancelled"), ...judged("bitcoin-fee-too-low"), ...judged("transaction-evicted"), ...judged("vault-silent"), ...judged("wallet-silent"), ...judged("proof-missing"),
  ...judged("chain-paused"), ...judged("oracle-outage"), ...judged("refund-pool-empty"), ...judged("unexplained"),
  never("WalletSilent", "for another cause", { ...active("bitcoin-fee-too-low"), ...late("bitcoin-fee-too-low") }),
  also("Unexplained", "when a step is older than its budget and no transfer counts as late", {
    [`gantry_transfer_oldest_seconds{${open},step="sweep"}`]: steady(90_000), [`gantry_step_budget_seconds{${open},step="sweep",at="late"}`]: steady(86_400),
    [`gantry_transfers_late{${open},step="sweep",cause="wallet-silent"}`]: steady(0),
  }, 30, [firing("Unexplained", {}, [known, ""])]),
  never("Unexplained", "when what is older than its budget counts as late", {
    [`gantry_transfer_oldest_seconds{${open},step="sweep"}`]: steady(90_000), [`gantry_step_budget_seconds{${open},step="sweep",at="late"}`]: steady(86_400),
    [`gantry_transfers_late{${open},step="sweep",cause="wallet-silent"}`]: steady(1),
  }),
  also("Unexplained", "when a deadline has passed and no transfer counts as late", {
    [`gantry_transfer_deadline_seconds{${open}}`]: steady(-60), [`gantry_transfers_late{${open},step="sweep",cause="wallet-silent"}`]: steady(0),
  }, 30, [firing("Unexplained", {}, [known, ""])]),
];

/** The cases of alerts on Gantry itself, its sight of the chains, and what it needs in order to act. */
import { also, firing, never, phases, steady, story, turning } from "./case.ts";
import type { Case, Input } from "./case.ts";

const chain = 'chain="bitcoin"';
const relays: Input = { 'gantry_loop_budget_seconds{loop="audit"}': steady(180) };
const known = "bridge-1:9464";

export const aliveCases: readonly Case[] = [
  {
    name: "GantryDown: quiet, fires, clears, fires without data", alert: "GantryDown", input: { up: phases(1, 0) },
    expect: [[9, []], [49, [firing("GantryDown", {}, [` ${known}`])]], [69, []], [90, [firing("GantryDown", {}, [` ${known}`])]]],
  },
  also("GantryDown", "when there never was one", {}, 5, [firing("GantryDown", {}, [""], { at: { job: "gantry" } })]),
  also("GantryDown", "with the runbook where the operator keeps it", { up: "0x9" }, 9,
    [firing("GantryDown", {}, [` ${known}`], { runbooks: "https://runbooks.example/gantry" })], { runbooks: "https://runbooks.example/gantry" }),
  never("GantryDown", "for one missed scrape", { up: "1x9 0 1x90" }),
  story("RelayerDead", {
    'gantry_loop_last_turn_timestamp_seconds{loop="audit"}': turning, 'gantry_loop_budget_seconds{loop="audit"}': steady(180), gantry_process_start_time_seconds: steady(0),
  }, { loop: "audit" }, ["audit", known, "40m 0s"]),
  never("RelayerDead", "while the first turn of a new process has its time", {
    'gantry_loop_last_turn_timestamp_seconds{loop="audit"}': steady(0), 'gantry_loop_budget_seconds{loop="audit"}': steady(180), gantry_process_start_time_seconds: "0+60x69 stale",
  }),
  also("RelayerDead", "when no turn was ever completed", {
    'gantry_loop_last_turn_timestamp_seconds{loop="monitor"}': steady(0), 'gantry_loop_budget_seconds{loop="monitor"}': steady(180), gantry_process_start_time_seconds: steady(0),
  }, 30, [firing("RelayerDead", { loop: "monitor" }, ["monitor", known, "30m 0s"])]),
  story("GantryRestarting", { gantry_process_start_time_seconds: "1x9 2x4 3x4 4x4 5x90 stale" }, {}, [known, "4"], { fires: 30, clears: 90, gone: 130 }),
  never("GantryRestarting", "for the restart of an upgrade", { gantry_process_start_time_seconds: "1x9 600x59 stale" }),
  story("CauseWithoutAlert", { 'gantry_cause_active{cause="lane-halted"}': phases(0, 1) }, { cause: "lane-halted" }, [known, "lane-halted"]),
  never("CauseWithoutAlert", "when the cause's own alert fires", { 'gantry_cause_active{cause="vault-silent"}': phases(0, 1) }),
  never("CauseWithoutAlert", "for what no person must act on", { 'gantry_cause_active{cause="user-has-not-paid"}': phases(0, 1) }),
  story("NotificationsFailing", { 'gantry_notifications_total{result="failed"}': "0x9 3x59 stale" }, { result: "failed" }, [known], { fires: 15, clears: 40 }),
  never("NotificationsFailing", "for those that arrive", { 'gantry_notifications_total{result="sent"}': "0+1x69 stale" }),
  { name: "Watchdog: always", alert: "Watchdog", input: {}, expect: [[0, [firing("Watchdog", {}, [], { at: {} })]], [60, [firing("Watchdog", {}, [], { at: {} })]]] },
];

const heights = (lag: string): Input => ({ [`gantry_chain_height{${chain},at="best"}`]: lag, [`gantry_chain_height{${chain},at="cursor"}`]: steady(100), [`gantry_chain_lag_budget_blocks{${chain}}`]: steady(6) });

export const seeingCases: readonly Case[] = [
  story("NodeStalled", {
    [`gantry_chain_head_seen_timestamp_seconds{${chain}}`]: turning, [`gantry_chain_head_budget_seconds{${chain}}`]: steady(1800),
    [`gantry_endpoint_up{${chain},endpoint="local"}`]: phases(1, 0), [`gantry_endpoint_up{${chain},endpoint="other"}`]: steady(1),
  }, { chain: "bitcoin" }, ["bitcoin", "40m 0s", "bitcoin", " local;"]),
  also("NodeStalled", "when no node ever answered", {
    [`gantry_chain_head_seen_timestamp_seconds{${chain}}`]: steady(0), [`gantry_chain_head_budget_seconds{${chain}}`]: steady(1800), [`gantry_endpoint_up{${chain},endpoint="local"}`]: steady(0),
  }, 60, [firing("NodeStalled", { chain: "bitcoin" }, ["bitcoin", "1h 0m 0s", "bitcoin", " local;"])]),
  also("NodeStalled", "when every node is away, however young the head", {
    [`gantry_chain_head_seen_timestamp_seconds{${chain}}`]: steady(0), [`gantry_chain_head_budget_seconds{${chain}}`]: steady(7200),
    [`gantry_endpoint_up{${chain},endpoint="local"}`]: steady(0), [`gantry_endpoint_up{${chain},endpoint="other"}`]: steady(0),
  }, 30, [firing("NodeStalled", { chain: "bitcoin" }, ["bitcoin", "30m 0s", "bitcoin", " local; other;"])]),
  never("NodeStalled", "while one node of several is away", {
    [`gantry_chain_head_seen_timestamp_seconds{${chain}}`]: steady(0), [`gantry_chain_head_budget_seconds{${chain}}`]: steady(7200),
    [`gantry_endpoint_up{${chain},endpoint="local"}`]: steady(0), [`gantry_endpoint_up{${chain},endpoint="other"}`]: steady(1),
  }),
  never("NodeStalled", "within the chain's own budget", { [`gantry_chain_head_seen_timestamp_seconds{${chain}}`]: turning, [`gantry_chain_head_budget_seconds{${chain}}`]: steady(7200) }),
  story("NodeLagging", heights(phases(100, 120)), { chain: "bitcoin" }, ["What Gantry has read", "bitcoin", "20"]),
  also("NodeLagging", "when one node is behind the others", { ...heights(steady(100)), [`gantry_endpoint_lag_blocks{${chain},endpoint="local"}`]: steady(9) }, 30,
    [firing("NodeLagging", { chain: "bitcoin", endpoint: "local" }, ["The node local", "bitcoin", "9"])]),
  never("NodeLagging", "for as much as is allowed", heights(phases(100, 106))),
  story("NodeLying", { [`gantry_endpoint_demotions_total{${chain},endpoint="local"}`]: "0x9 1x59 stale" }, { chain: "bitcoin", endpoint: "local" }, ["bitcoin", "local"], { fires: 12, clears: 30 }),
  never("NodeLying", "for what was said before a restart", { [`gantry_endpoint_demotions_total{${chain},endpoint="local"}`]: "4x9 0x59 stale" }),
  story("EndpointDown", { [`gantry_endpoint_up{${chain},endpoint="local"}`]: phases(1, 0) }, { chain: "bitcoin", endpoint: "local" }, ["bitcoin", "local", "bitcoin"]),
  never("EndpointDown", "for a restart of the node", { [`gantry_endpoint_up{${chain},endpoint="local"}`]: "1x44 0x6 1x30 stale" }),
  story("ScanBacklog", { [`gantry_scan_backlog_blocks{${chain}}`]: "0x9 500x59 0x9 stale" }, { chain: "bitcoin" }, ["500", "bitcoin"], { fires: 69, clears: 79, gone: 95 }),
  never("ScanBacklog", "while it falls", { [`gantry_scan_backlog_blocks{${chain}}`]: "9000-10x69 stale" }),
  story("ClockSkew", { [`gantry_clock_skew_seconds{${chain}}`]: phases(-30, 9000), [`gantry_clock_skew_budget_seconds{${chain}}`]: steady(7200) }, { chain: "bitcoin" }, ["bitcoin", "2h 30m 0s"]),
  also("ClockSkew", "when this machine is ahead", { [`gantry_clock_skew_seconds{${chain}}`]: steady(-9000), [`gantry_clock_skew_budget_seconds{${chain}}`]: steady(7200) }, 30,
    [firing("ClockSkew", { chain: "bitcoin" }, ["bitcoin", "2h 30m 0s"])]),
];

const signer = 'signer="maintainer"';
const halted = (alert: string, scope: string, more: Readonly<Record<string, string>> = {}): readonly Case[] => [
  story(alert, { [`gantry_halted{scope="${scope}",code="reorg-below-final"}`]: phases(0, 1) }, { scope, code: "reorg-below-final", ...more }, [scope, "reorg-below-final"]),
  never(alert, "for a pause that a person ordered", { [`gantry_halted{scope="${scope}",code="paused"}`]: phases(0, 1) }),
];

export const ableCases: readonly Case[] = [
  story("LedgerUnwritable", { gantry_ledger_up: phases(1, 0) }, {}, [known]),
  story("RedisDown", { gantry_redis_up: phases(1, 0) }, {}, [known]),
  story("RedisEvicts", { 'gantry_cause_active{cause="redis-evicts"}': phases(0, 1) }, {}, [known]),
  story("SignerWithoutFunds", {
    ...relays, [`gantry_signer_runway_seconds{${signer}}`]: phases(1e9, 3600), [`gantry_signer_runway_budget_seconds{${signer}}`]: steady(86400),
    [`gantry_signer_balance{chain="ethereum",${signer}}`]: steady(0.25),
  }, { signer: "maintainer" }, ["maintainer", " maintainer 0.25 (ethereum);"]),
  also("SignerWithoutFunds", "when nothing is left and nothing is spent", {
    ...relays, [`gantry_signer_runway_seconds{${signer}}`]: steady(1e9), [`gantry_signer_runway_budget_seconds{${signer}}`]: steady(86400), [`gantry_signer_balance{chain="ethereum",${signer}}`]: steady(0),
  }, 30, [firing("SignerWithoutFunds", { signer: "maintainer" }, ["maintainer", " maintainer 0 (ethereum);"])]),
  never("SignerWithoutFunds", "where nothing is relayed, so that no balance is read", { [`gantry_signer_balance{chain="ethereum",${signer}}`]: steady(0) }),
  story("SignerSlotTaken", { [`gantry_foreign_slots_total{${signer}}`]: "0x9 1x90 stale" }, { signer: "maintainer" }, ["maintainer"], { fires: 30, clears: 85, gone: 120 }),
  story("NonceGap", { 'gantry_cause_active{cause="nonce-gap"}': phases(0, 1), [`gantry_signer_blocked{${signer}}`]: phases(0, 1) }, {}, [known, " maintainer;"]),
  ...halted("LaneHalted", "lane:tbtc-redemption"), ...halted("ChainHalted", "chain:bitcoin"), ...halted("SignerHalted", "signer:maintainer", { signer: "maintainer" }),
  story("HaltNotLookedAt", { 'gantry_cause_active{cause="halt-not-looked-at"}': phases(0, 1), 'gantry_halted{scope="chain:bitcoin",code="reorg-below-final"}': phases(0, 1) },
    {}, [known, " chain:bitcoin (reorg-below-final);"]),
];

export const movingCases: readonly Case[] = [
  story("QueueNotDraining", { ...relays, 'gantry_deliveries_overdue{lane="tbtc-redemption"}': phases(0, 3), 'gantry_wakes_overdue{lane="tbtc-redemption"}': steady(0) },
    { lane: "tbtc-redemption" }, ["3", "tbtc-redemption"]),
  also("QueueNotDraining", "when only the queue says so", { ...relays, 'gantry_deliveries_overdue{lane="tbtc-redemption"}': steady(0), 'gantry_wakes_overdue{lane="tbtc-redemption"}': steady(2) }, 30,
    [firing("QueueNotDraining", { lane: "tbtc-redemption" }, ["2", "tbtc-redemption"])]),
  never("QueueNotDraining", "beside somebody else's relayer", { 'gantry_deliveries_overdue{lane="tbtc-redemption"}': steady(3) }),
  never("QueueNotDraining", "for a burst", { ...relays, 'gantry_deliveries_overdue{lane="tbtc-redemption"}': "0x44 40x4 0x40 stale" }),
];

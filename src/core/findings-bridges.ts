/**
 * What is wrong with a bridge's own machinery on its chain: its light client, its pause, its oracle, its refunds.
 * Always: what the protocol shows; "behind" only past its budget.
 * Never: knows one bridge from another.
 */
import type { Finding } from "./finding.ts";
import type { BridgeView, LightClientView } from "./monitored-world.ts";
import type { Millis } from "./values.ts";
import { act, counted, ended, nameOf, span, status } from "./words.ts";

export function lightClientFindings(client: LightClientView, now: Millis): readonly Finding[] {
  const { lane, bridge, chain, height, lagBlocks, behindSince, behindBudgetMs, otherForkSince, blockedSince, retarget = null, neededBy } = client;
  const common = { scope: { bridge }, stops: true, evidence: { bridge, lane, chain, height, lagBlocks, retarget } } as const;
  const found: Finding[] = [];
  if (otherForkSince !== null) {
    found.push({
      ...common, cause: "light-client-on-another-fork", since: otherForkSince,
      sentence: `${bridge}'s light client on ${nameOf(chain)} has followed another fork of Bitcoin for ${span(now - otherForkSince)}${retarget === null ? "" : `, and cannot be told Bitcoin's best chain: ${untellable(retarget)}`}.`,
      action: retarget !== null ? act(`Tell the governance of ${bridge}: no relayer can end it. It ends by itself only when the chain that the light client follows wins on Bitcoin.`, status) : act("Relay the headers of Bitcoin's best chain until it overtakes; if it goes on, somebody may be attacking the light client.", status),
    });
  }
  if (blockedSince !== null) {
    found.push({
      ...common, cause: "light-client-blocked", since: blockedSince,
      sentence: `A fork that ${bridge}'s light client knows has stopped every proof for ${span(now - blockedSince)}.`,
      action: act("It ends when the best chain is far enough ahead: see that headers are relayed.", status),
    });
  }
  // what holds up nobody is a number in the status, and nobody is woken for it
  if (behindSince !== null && now - behindSince > behindBudgetMs && neededBy?.length !== 0) {
    found.push({
      ...common, cause: "light-client-behind", since: behindSince, ...(neededBy === undefined ? {} : { only: neededBy }),
      sentence: `${bridge}'s light client on ${nameOf(chain)} has been behind Bitcoin for ${span(now - behindSince)}${lagBlocks === null ? "" : `, ${counted(lagBlocks, "block")} now`}${retarget === null ? "" : `; ${untellable(retarget)}`}.`,
      action: retarget !== null ? act(`Tell the governance of ${bridge}: no relayer can end it.`, status) : lane === null ? act("Tell those who relay Bitcoin's headers or retargets for this bridge.", status) : act(`See what holds up lane ${lane}.`, status),
    });
  }
  return found;
}

const untellable = ({ height, because }: NonNullable<LightClientView["retarget"]>): string =>
  because === "fork" ? `on a fork it cannot check header ${height}, the first of a new difficulty period` : `its runtime refuses header ${height}, as every first one of a difficulty period`;

export function bridgeFindings({ name, chain, paused, oracleOutSince, refundPool, epoch }: BridgeView, now: Millis): readonly Finding[] {
  const scope = { bridge: name };
  const found: Finding[] = [];
  if (paused !== null) {
    found.push({
      cause: "chain-paused", scope, stops: true, since: paused.since, evidence: { bridge: name, because: paused.because },
      sentence: `${name} has been paused on ${nameOf(chain)} for ${span(now - paused.since)}: ${ended(paused.because)}`,
      action: act("Nothing to do here: its governance has to lift the pause. Gantry goes on by itself then."),
    });
  }
  if (oracleOutSince !== null) {
    found.push({
      cause: "oracle-outage", scope, stops: true, since: oracleOutSince, evidence: { bridge: name, since: oracleOutSince },
      sentence: `${name} has had no fresh price from its oracles for ${span(now - oracleOutSince)} and takes no proof meanwhile.`,
      action: act("Tell its oracles' operators. Gantry goes on by itself then."),
    });
  }
  if (epoch !== null && epoch.marginBlocks <= epoch.budgetBlocks) {
    const { neededBy: only, ...evidence } = epoch;
    found.push({
      cause: "relay-epoch-leaving", scope, stops: true, ...(only === undefined ? {} : { only }), since: null, evidence: { bridge: name, ...evidence },
      sentence: epoch.hasLeft === true ? `${name}'s relay has left an epoch that an unproven transaction still needs.` : `${epoch.marginBlocks > 0 ? `In ${counted(epoch.marginBlocks, "Bitcoin block")}` : "With the next retarget"} ${name}'s relay leaves an epoch that an unproven transaction still needs.`,
      action: epoch.hasLeft === true ? act("No proof of it is possible any more: tell the wallet's operators and the Bridge's governance.", status) : act("Have the waiting proofs sent before the next retarget is relayed.", status),
    });
  }
  if (refundPool !== null) {
    const { balance, leastBalance, failedAt } = refundPool;
    const isLow = balance !== null && balance < leastBalance;
    if (isLow || failedAt !== null) {
      found.push({
        cause: "refund-pool-empty", scope, stops: false, since: failedAt, evidence: { bridge: name, ...refundPool },
        sentence: failedAt === null ? `${name}'s refund pool holds ${balance}; below ${leastBalance} refunds may fail.` : `${name} could not refund a proof's gas ${span(now - failedAt)} ago; the signer pays it alone.`,
        action: act("Have the refund pool filled; until then keep the signer's account funded.", status),
      });
    }
  }
  return found;
}

/**
 * The script a depositor pays to, as far as the relayer must recognise it when a wallet spends it.
 * Always: exactly 92 bytes, or 126 with extra data, byte for byte as the Bridge expects them.
 * Never: decides whether the deposit was revealed.
 */
import type { Hex } from "../../core/values.ts";

export type DepositScript = {
  readonly depositor: Hex;
  readonly extraData: Hex | null;
  readonly blindingFactor: Hex;
  readonly wallet: Hex;
  readonly refundPubKeyHash: Hex;
  readonly refundLocktime: Hex;
};

const bytes = (count: number): string => `([0-9a-f]{${2 * count}})`;
const pattern = new RegExp(
  `^0x14${bytes(20)}75(?:20${bytes(32)}75)?08${bytes(8)}7576a914${bytes(20)}8763ac6776a914${bytes(20)}8804${bytes(4)}b175ac68$`,
);

/** The fields of a deposit script, or null when it is another script. */
export function parseDepositScript(script: Hex): DepositScript | null {
  const found = pattern.exec(script);
  if (found === null) return null;
  const [depositor, extraData, blindingFactor, wallet, refundPubKeyHash, refundLocktime] = found.slice(1);
  const hex = (text: string | undefined): Hex => `0x${text ?? ""}`;
  return {
    depositor: hex(depositor),
    extraData: extraData === undefined ? null : hex(extraData),
    blindingFactor: hex(blindingFactor),
    wallet: hex(wallet),
    refundPubKeyHash: hex(refundPubKeyHash),
    refundLocktime: hex(refundLocktime),
  };
}

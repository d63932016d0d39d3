/**
 * Ethereum ABI coding as plain values, so that bridges need no chain SDK.
 * Always: integers are bigint, addresses and bytes are lower-case 0x-hex, structs and argument lists are objects by name.
 * Never: I/O, or knowledge of any particular contract.
 */
import { Interface, keccak256 as keccakOf } from "ethers";
import type { ParamType, Result } from "ethers";
import { bug, invalid } from "../../core/errors.ts";
import type { Hex } from "../../core/values.ts";

export type AbiValue = bigint | boolean | string | readonly AbiValue[] | { readonly [name: string]: AbiValue };
export type AbiRecord = { readonly [name: string]: AbiValue };

export interface Abi {
  /** call data of `fn` with `args` in order. Throws Bug "abi-arguments" when they do not fit the fragment */
  encode(fn: string, args: readonly AbiValue[]): Hex;
  /** what a call of `fn` returned. Throws Invalid "abi-undecodable" */
  decodeResult(fn: string, data: Hex): AbiRecord;
  /** function and arguments of call data; null when its selector is none of ours or the rest does not decode */
  decodeCall(data: Hex): { readonly fn: string; readonly args: AbiRecord } | null;
  /** event and fields of a log; null when it is none of ours or does not decode */
  decodeLog(log: { readonly topics: readonly Hex[]; readonly data: Hex }): { readonly event: string; readonly args: AbiRecord } | null;
  /** topic 0 of an event */
  topic(event: string): Hex;
  /** first four bytes of a function's call data */
  selector(fn: string): Hex;
}

/** `fragments` in human-readable form, every argument and result named, e.g. `function f(uint256 key) view returns (bool done)`. */
export function createAbi(fragments: readonly string[]): Abi {
  const abi = new Interface(fragments);
  const fnOf = (name: string) => abi.getFunction(name) ?? missing(name);
  return {
    encode(fn, args) {
      try {
        return hex(abi.encodeFunctionData(fnOf(fn), args));
      } catch (cause) {
        throw bug("abi-arguments", `The arguments of ${fn} do not fit its ABI.`, { cause });
      }
    },
    decodeResult(fn, data) {
      const fragment = fnOf(fn);
      try {
        return record(fragment.outputs, abi.decodeFunctionResult(fragment, data));
      } catch (cause) {
        const evidence = { fn, data: data.slice(0, 1000) };
        throw invalid("abi-undecodable", `The answer to ${fn} does not decode; is there another contract at that address?`, { cause, evidence });
      }
    },
    decodeCall(data) {
      try {
        const call = abi.parseTransaction({ data });
        return call === null ? null : { fn: call.name, args: record(call.fragment.inputs, call.args) };
      } catch {
        return null;
      }
    },
    decodeLog(log) {
      try {
        const parsed = abi.parseLog(log);
        return parsed === null ? null : { event: parsed.name, args: record(parsed.fragment.inputs, parsed.args) };
      } catch {
        return null;
      }
    },
    topic: (event) => hex((abi.getEvent(event) ?? missing(event)).topicHash),
    selector: (fn) => hex(fnOf(fn).selector),
  };
}

/** A field of a decoded record, of the type its fragment says; anything else is Bug "abi-field". */
export const hexAt = (record: AbiRecord, name: string): Hex => {
  const value = record[name];
  return typeof value === "string" && value.startsWith("0x") ? (value as Hex) : wrongField(name);
};
export const bigintAt = (record: AbiRecord, name: string): bigint => {
  const value = record[name];
  return typeof value === "bigint" ? value : wrongField(name);
};
/** An integer that is known to be small (at most 53 bits). */
export const numberAt = (record: AbiRecord, name: string): number => Number(bigintAt(record, name));
export const booleanAt = (record: AbiRecord, name: string): boolean => {
  const value = record[name];
  return typeof value === "boolean" ? value : wrongField(name);
};
export const recordAt = (record: AbiRecord, name: string): AbiRecord => {
  const value = record[name];
  return typeof value === "object" && !Array.isArray(value) ? (value as AbiRecord) : wrongField(name);
};

/** Keccak-256 of the bytes. */
export const keccak256 = (bytes: Hex): Hex => hex(keccakOf(bytes));

const hex = (text: string): Hex => text.toLowerCase() as Hex;

function wrongField(name: string): never {
  throw bug("abi-field", `The decoded value has no such field of that type: ${name}.`);
}

function missing(name: string): never {
  throw bug("abi-arguments", `The ABI has no ${name}.`);
}

function record(params: readonly ParamType[], values: Result): AbiRecord {
  return Object.fromEntries(params.map((param, index) => [param.name || String(index), plain(param, values[index])]));
}

function plain(param: ParamType, value: unknown): AbiValue {
  if (param.isArray()) return [...(value as Result)].map((item) => plain(param.arrayChildren, item));
  if (param.isTuple()) return record(param.components, value as Result);
  if (typeof value !== "string") return value as bigint | boolean;
  return param.type === "string" ? value : hex(value);
}

/**
 * A full disk for one process: the operating system refuses every write to a file of it (Linux: prlimit).
 * Always: can be undone at any time; pipes and sockets go on.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const limit = async (pid: number, bytes: string): Promise<void> => void (await promisify(execFile)("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]));

export const fillDisk = (pid: number): Promise<void> => limit(pid, "0");
export const freeDisk = (pid: number): Promise<void> => limit(pid, "unlimited");

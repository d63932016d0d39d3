/**
 * bitcoind's two ways to log in: the cookie file it writes at each start, or a user with a password file.
 * Always: files are read for each request, so a restarted node's new cookie is used at once.
 * Never: the secret in a message, log or error; only the file's name.
 */
import { readFile } from "node:fs/promises";

import { unavailable } from "../../core/errors.ts";

const basic = (login: string): string => `Basic ${Buffer.from(login, "utf8").toString("base64")}`;

type Login = { readonly what: string; readonly advice: string };
const cookie: Login = { what: "cookie file", advice: "bitcoind writes it when it starts: is it running, and may this user read the file?" };
const password: Login = { what: "password file", advice: "Write the password of the RPC user into it, readable by this user alone." };

async function secret(file: string, { what, advice }: Login): Promise<string> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    if (text !== "") return text;
  } catch (cause) {
    const reason = cause instanceof Error && "code" in cause ? String(cause.code) : "unreadable";
    throw unavailable("endpoint-unauthorized", `The ${what} ${file} cannot be read (${reason}). ${advice}`, { cause });
  }
  throw unavailable("endpoint-unauthorized", `The ${what} ${file} is empty. ${advice}`);
}

/** For createJsonRpc: the login in bitcoind's `.cookie`. Throws Unavailable "endpoint-unauthorized" while there is none. */
export const cookieLogin = (file: string) => async (): Promise<string> => basic(await secret(file, cookie));

/** For createJsonRpc: `rpcuser` with the password from a file. Throws Unavailable "endpoint-unauthorized" without the file. */
export const passwordLogin = (user: string, file: string) => async (): Promise<string> => basic(`${user}:${await secret(file, password)}`);

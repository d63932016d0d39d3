/**
 * The API as a running thing: listening, and findable by the command line of the same user.
 * Always: the access file is there exactly while the API listens.
 * Never: reachable from other machines unless the configuration names such an address.
 */
import { createApi } from "./api.ts";
import { newToken, publishAccess } from "./access.ts";
import { pageFolder, readPage } from "./page.ts";
import type { ApiParts } from "./parts.ts";

export type Served = { readonly url: string; close(): Promise<void> };

/**
 * Listens on `host`:`port` (0 = any free one) and publishes url and a new token in `accessFile` (mode 0600).
 * @throws Misconfigured `listen-failed`
 */
export async function serveApi(parts: Omit<ApiParts, "token" | "page">, options: { readonly host: string; readonly port: number; readonly accessFile: string }): Promise<Served> {
  const token = newToken();
  const api = createApi({ ...parts, token, page: await readPage(pageFolder) });
  const url = await api.listen(options.host, options.port);
  const unpublish = await publishAccess(options.accessFile, { url, token, pid: process.pid });
  return {
    url,
    async close() {
      await unpublish();
      await api.close();
    },
  };
}

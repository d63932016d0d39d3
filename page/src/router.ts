/**
 * Where the page is, as the part of its address after #: it can be kept, sent to somebody, and gone back from.
 * Always: pure; an address that means nothing is the overview.
 */

export type Place =
  | { readonly view: "overview" }
  | { readonly view: "transfers"; readonly filter: Filter }
  | { readonly view: "transfer"; readonly id: string }
  | { readonly view: "delivery"; readonly id: string }
  | { readonly view: "lanes" }
  | { readonly view: "alerts" };

/** as the API names them; only what is set */
export const filterKeys = ["state", "bridge", "kind", "late", "q"] as const;
export type Filter = { readonly [key in (typeof filterKeys)[number]]?: string };

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/u, "").split("?");
  const [view, ...rest] = path.split("/");
  const id = decoded(rest.join("/"));
  if (view === "transfers") return id === "" ? { view, filter: filterOf(query) } : { view: "transfer", id };
  if (view === "deliveries" && id !== "") return { view: "delivery", id };
  return view === "lanes" || view === "alerts" ? { view } : { view: "overview" };
}

function filterOf(query: string): Filter {
  const given = new URLSearchParams(query);
  return Object.fromEntries(filterKeys.flatMap((key) => {
    const value = given.get(key);
    return value === null || value === "" ? [] : [[key, value]];
  }));
}

/** Without empty values. */
export const queryOf = (filter: Readonly<Record<string, string | undefined>>): string =>
  new URLSearchParams(Object.entries(filter).flatMap(([key, value]): [string, string][] => (value === undefined || value === "" ? [] : [[key, value]]))).toString();

export const hrefOf = {
  transfers: (filter: Filter = {}): string => {
    const query = queryOf(filter);
    return `#/transfers${query === "" ? "" : `?${query}`}`;
  },
  transfer: (id: string): string => `#/transfers/${encodeURIComponent(id)}`,
  delivery: (id: string): string => `#/deliveries/${encodeURIComponent(id)}`,
} as const;

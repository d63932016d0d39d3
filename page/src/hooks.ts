/**
 * What the views hold on to: the live values, the time, the place, and answers that are asked again when they may have changed.
 */
import { createContext } from "preact";
import { useCallback, useContext, useEffect, useReducer, useRef, useState } from "preact/hooks";
import { ask } from "./api.ts";
import type { Asked } from "./api.ts";
import type { Live, LiveStore } from "./live.ts";
import { placeOf } from "./router.ts";
import type { Place } from "./router.ts";

export const LiveContext = createContext<LiveStore | null>(null);

export function useLiveStore(): LiveStore {
  const store = useContext(LiveContext);
  if (store === null) throw new Error("a view stands outside of the page");
  return store;
}

export function useLive(): Live {
  const store = useLiveStore();
  const [, again] = useReducer((count: number, _told: null) => count + 1, 0);
  useEffect(() => store.subscribe(() => again(null)), [store]);
  return store.now();
}

/** Host time, moving once a second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const moved = (): void => setPlace(placeOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return place;
}

/** what was asked is asked again after this long, and at once when a change is pushed */
const againMs = 10_000;
/** changes within this time are one */
const gatherMs = 400;

/** The last good answer stays while a newer one is on its way, and when it fails. `reload` asks again now. */
export function useAsked<T>(path: string): { readonly value: T | null; readonly problem: Extract<Asked<T>, { ok: false }> | null; readonly reload: () => void } {
  const store = useLiveStore();
  const { connections } = useLive();
  const [answer, setAnswer] = useState<{ path: string; value: T | null; problem: Extract<Asked<T>, { ok: false }> | null }>({ path, value: null, problem: null });
  const asking = useRef("");
  const load = useCallback(async () => {
    asking.current = path;
    const result = await ask<T>(path);
    // An answer to a question that is no longer asked is dropped.
    if (asking.current !== path) return;
    setAnswer((before) => (result.ok ? { path, value: result.value, problem: null } : { path, value: before.path === path ? before.value : null, problem: result }));
  }, [path]);
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), againMs);
    let soon: ReturnType<typeof setTimeout> | undefined;
    const leave = store.onTransfer(() => {
      soon ??= setTimeout(() => {
        soon = undefined;
        void load();
      }, gatherMs);
    });
    return () => {
      clearInterval(timer);
      clearTimeout(soon);
      leave();
    };
  }, [load, store, connections]);
  const reload = useCallback(() => void load(), [load]);
  return answer.path === path ? { value: answer.value, problem: answer.problem, reload } : { value: null, problem: null, reload };
}

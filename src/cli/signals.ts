/**
 * SIGTERM and SIGINT as people mean them: the first asks, the second insists.
 * Always: only one of these per process.
 */

/** Resolves at the first signal; from then on the next one calls `endNow`. */
export function firstSignal(endNow: () => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const hear = (signal: NodeJS.Signals) => {
      if (asked) endNow();
      asked = true;
      resolve(signal);
    };
    for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => hear(name));
  });
}

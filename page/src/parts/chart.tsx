/** A chart of lines over the time since the page was opened. */
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import type { Lines } from "../history.ts";

const colours = ["--line-1", "--line-2", "--line-3", "--line-4"] as const;
const heightPx = 180;
/** the time axis is at least this long */
const leastSeconds = 120;

const variable = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/** From the first to the last sample, so that one alone has an axis too. */
function timesOf([times]: UPlot.AlignedData): UPlot.Range.MinMax {
  const last = times.at(-1) ?? 0;
  return [Math.min(times[0] ?? last, last - leastSeconds), last];
}

export function Chart({ title, lines }: { readonly title: string; readonly lines: Lines }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const data = [lines.times, ...lines.values] as unknown as UPlot.AlignedData;
  const newest = useRef(data);
  newest.current = data;
  const names = lines.names.join(" ");
  useEffect(() => {
    const element = place.current;
    if (element === null || names === "") return;
    const draw = (): void => {
      plot.current?.destroy();
      const axis = { stroke: variable("--dim"), grid: { stroke: variable("--edge"), width: 1 }, ticks: { stroke: variable("--edge"), width: 1 } };
      plot.current = new UPlot({
        width: element.clientWidth, height: heightPx, cursor: { drag: { x: false, y: false } }, legend: { live: false },
        scales: { x: { range: () => timesOf(newest.current) }, y: { range: (_plot, _least, most) => [0, Math.max(4, Math.ceil((Number.isFinite(most) ? most : 0) * 1.2))] } },
        axes: [{ ...axis, space: 80, values: (_plot, times) => times.map((seconds) => timeOfDay.format(seconds * 1_000)) }, { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 1_000, 10_000] }],
        series: [{}, ...names.split(" ").map((label, at) => ({ label, stroke: variable(colours[at % colours.length] ?? "--line-1"), width: 2, spanGaps: false, points: { show: false } }))],
      }, newest.current, element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: heightPx }));
    resized.observe(element);
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("gantry-theme", draw);
    system.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      removeEventListener("gantry-theme", draw);
      system.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [names]);
  useEffect(() => plot.current?.setData(data), [lines.times.length, lines.times.at(-1)]);
  const last = lines.names.map((name, at) => `${name} ${lines.values[at]?.at(-1) ?? "not known"}`).join(", ");
  return <figure class="chart"><figcaption>{title}</figcaption><div ref={place} role="img" aria-label={`${title}; now: ${last}`} /></figure>;
}

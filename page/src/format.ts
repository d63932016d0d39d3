/**
 * Values as people read them.
 * Always: pure; a length of time has at most two units; what is not known is a dash.
 */

export const dash = "–";

const units = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1_000]] as const;

/** `90_000` → "1 min 30 s"; below a second "0 s". The sign is dropped. */
export function span(ms: number): string {
  const whole = Math.abs(ms);
  const first = units.findIndex(([, size]) => whole >= size);
  if (first === -1) return "0 s";
  const [[unit, size], next] = [units[first] ?? units[3], units[first + 1]];
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1]);
  return `${Math.floor(whole / size)} ${unit}${next === undefined || rest === 0 ? "" : ` ${rest} ${next[0]}`}`;
}

/** `3_725_000` → "1:02:05", with days in front: "2 d 01:02:05". The sign is dropped. */
export function countdown(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600)];
  const rest = `${two(Math.floor((seconds % 3_600) / 60))}:${two(seconds % 60)}`;
  return days === 0 ? `${hours}:${rest}` : `${days} d ${two(hours)}:${rest}`;
}

export const ago = (at: number, now: number): string => `${span(Math.max(0, now - at))} ago`;

/** "in 5 min", "5 min ago" */
export const away = (at: number, now: number): string => (at >= now ? `in ${span(at - now)}` : ago(at, now));

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** the time alone when it is today */
export function moment(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock.format(at) : day.format(at);
}

export const height = (value: number | null | undefined): string => (value === null || value === undefined ? dash : value.toLocaleString("en-US").replaceAll(",", "\u202f"));

/** the two ends of a long id, so that two of them can be told apart */
export const short = (id: string, most = 30): string => (id.length <= most ? id : `${id.slice(0, most - 11)}…${id.slice(-10)}`);

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

import type { Time } from "../api/documents";
import { now } from "../clock";

const MINUTES = { w: 7 * 24 * 60, d: 24 * 60, h: 60, m: 1 } as const;
type Unit = keyof typeof MINUTES;

const UNIT_WORDS = /\s*(w(?:ee)?ks?|days?|h(?:ou)?rs?|min(?:ute)?s?)\b/g;

/** Minutes of a lease written like 45m, 2h, 1d12h, 1w or 2 days; null if it is not one. */
export function parseDuration(text: string): number | null {
  const lower = text.trim().toLowerCase();
  const written = lower
    .replace(UNIT_WORDS, (_, unit: string) => unit.charAt(0))
    .replace(/(?<=[wdhm])\s+/g, "");
  if (!/^(\d+w)?(\d+d)?(\d+h)?(\d+m)?$/.test(written) || !written) return null;
  const parts = [...written.matchAll(/(\d+)([wdhm])/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * MINUTES[unit as Unit], 0);
}

/** The API's shortest exact form of a lease: 2h, 3d, 1d12h. */
export function writeDuration(minutes: number): string {
  const days = Math.floor(minutes / MINUTES.d);
  const hours = Math.floor((minutes % MINUTES.d) / MINUTES.h);
  const rest = minutes % MINUTES.h;
  return [days && `${days}d`, hours && `${hours}h`, rest && `${rest}m`].filter(Boolean).join("") || "0m";
}

/** A lease in words: "2 hours", "1 day 12 hours". */
export function durationInWords(text: string): string {
  const minutes = parseDuration(text);
  if (minutes === null) return text;
  const days = Math.floor(minutes / MINUTES.d);
  const hours = Math.floor((minutes % MINUTES.d) / MINUTES.h);
  const rest = minutes % MINUTES.h;
  const word = (amount: number, unit: string) =>
    amount ? `${amount} ${unit}${amount === 1 ? "" : "s"}` : "";
  return [word(days, "day"), word(hours, "hour"), word(rest, "minute")].filter(Boolean).join(" ");
}

/** What is left, in the two largest units that matter: "3 d 4 h", "1 h 42 min", "4 min 05 s", "0 s". */
export function left(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  if (minutes) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${seconds} s`;
}

let timeZone: string | undefined;

/** The zone that times are shown in; null for the device's own. */
export function showTimesIn(zone: string | null): void {
  timeZone = zone ?? undefined;
}

/** The zone that times are shown in, by its IANA name. */
export function shownZone(): string {
  return timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A moment: "Mon 23 Nov, 16:40", with the year when it is not this one. */
export function moment(at: Time): string {
  const date = new Date(at);
  const options: Intl.DateTimeFormatOptions = {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  };
  if (timeZone) options.timeZone = timeZone;
  if (date.getFullYear() !== new Date(now()).getFullYear()) options.year = "numeric";
  return new Intl.DateTimeFormat("en-GB", options).format(date);
}

/** A moment that is likely of today: the time of day to the second, else as `moment` writes it. */
export function recently(at: Time): string {
  const date = new Date(at);
  const day: Intl.DateTimeFormatOptions = timeZone ? { timeZone } : {};
  const dayOf = new Intl.DateTimeFormat("en-GB", { ...day, dateStyle: "short" });
  if (dayOf.format(date) !== dayOf.format(now())) return moment(at);
  return new Intl.DateTimeFormat("en-GB", { ...day, timeStyle: "medium" }).format(date);
}

const UTC = "UTC";

/** The month so many months after one written like 2026-11. */
export function monthAfter(month: string, months: number): string {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, number - 1 + months)).toISOString().slice(0, 7);
}

/** A month in words: "November 2026". */
export function monthInWords(month: string): string {
  const format = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: UTC });
  return format.format(new Date(`${month}-01T00:00:00Z`));
}

/** A day in words: "Wed 25 Nov". */
export function dayInWords(day: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    timeZone: UTC,
  });
  return format.format(new Date(`${day}T00:00:00Z`));
}

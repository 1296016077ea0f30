/**
 * The platform's time, as far as the page knows it. A device's clock may be minutes off, and every countdown is
 * against the platform's: what the server dates is never in its future, so the page's time never lags behind it.
 */

let offset = 0;

/** Now, in the platform's time (milliseconds since 1970). */
export function now(): number {
  return Date.now() + offset;
}

/** Note a moment that the server has just written. */
export function heardFromServer(at: string): void {
  const moment = Date.parse(at);
  if (moment > now()) offset = moment - Date.now();
}

import type { Money } from "../api/documents";

const LEAST = 2;
const MOST = 4;

/**
 * A sum for people, exact to the hundredth of a cent that the platform counts in, with at least two decimals.
 * Formats the decimal string itself: a ceiling is never shown lower than it is, as rounding to cents would.
 */
export function money(amount: Money, currency = "USD"): string {
  return formatter(currency, LEAST)(amount);
}

/** How to write the sums of one column: all with as many decimals as the one that needs most, so that they line up. */
export function moneyColumn(amounts: Money[], currency: string): (amount: Money) => string {
  return formatter(currency, Math.max(LEAST, ...amounts.map(decimals)));
}

/** The larger of two sums. */
export function dearer(one: Money, other: Money): Money {
  return Number(one) >= Number(other) ? one : other;
}

function formatter(currency: string, least: number): (amount: Money) => string {
  const format = new Intl.NumberFormat("en-GB", {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: least,
    maximumFractionDigits: MOST,
  });
  return (amount) => format.format(amount as `${number}`);
}

function decimals(amount: Money): number {
  return Math.min(MOST, amount.split(".")[1]?.replace(/0+$/, "").length ?? 0);
}

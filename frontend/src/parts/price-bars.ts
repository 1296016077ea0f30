import { html, nothing, type TemplateResult } from "lit";
import type { Catalog, Quote, RegionPrice } from "../api/documents";
import { moneyColumn } from "../format/money";
import { regionTitle } from "../format/words";

interface Ceiling {
  /** The region whose total is the ceiling; null for the dearest. */
  region: string | null;
  choose(region: string | null): void;
}

/** The sum that a ceiling at this region's price allows. */
export function ceilingTotal(quote: Quote, region: string | null): string {
  const chosen = quote.regions.find((price) => price.region === region && price.eligible);
  return chosen?.total ?? quote.max_total;
}

/**
 * What it costs in each region, drawn to one scale, cheapest first, those that may not hold it last. Each eligible one is a choice of ceiling: what is
 * dearer is left out.
 */
export function priceBars(quote: Quote, catalog: Catalog | null, ceiling: Ceiling): TemplateResult {
  const limit = Number(ceilingTotal(quote, ceiling.region));
  const prices = [...quote.regions].sort(
    (one, other) =>
      Number(other.eligible) - Number(one.eligible) ||
      Number(one.total ?? "Infinity") - Number(other.total ?? "Infinity"),
  );
  const scale = Math.max(...prices.map((price) => Number(price.total ?? 0)), Number.MIN_VALUE);
  const eligible = prices.filter((price) => price.eligible && price.total !== null);
  const dearest = eligible.at(-1)?.region;
  // An edit may have made the chosen region ineligible: the ceiling is then the dearest again, and is shown to be.
  const chosen = eligible.find((price) => price.region === ceiling.region)?.region ?? dearest;
  const written = moneyColumn(
    prices.map((price) => price.total ?? "0"),
    quote.currency,
  );
  const row = (price: RegionPrice) => {
    const usable = eligible.includes(price);
    const within = usable && Number(price.total) <= limit;
    const choose = () => ceiling.choose(price.region === dearest ? null : price.region);
    return html`<label class="price ${within ? "" : "out"}">
      <input type="radio" name="ceiling" .checked=${price.region === chosen} ?disabled=${!usable} @change=${choose} />
      <span class="place">${regionTitle(price.region, catalog)}
        ${price.region === quote.region ? html`<span class="tag">would go here now</span>` : nothing}
        ${usable && quote.fits_now ? nothing : html`<span class="because">${price.because}</span>`}</span>
      <span class="bar" aria-hidden="true">
        <span .style=${`--share: ${Number(price.total ?? 0) / scale}`}></span>
      </span>
      <span class="figure">${price.total === null ? "no price" : written(price.total)}</span>
    </label>`;
  };
  return html`<fieldset class="prices">
    <legend>Highest price you approve</legend>
    <p class="soft">It goes to a region at or below the one you mark; dearer ones are left out.</p>
    ${prices.map(row)}
  </fieldset>`;
}

import { html, type TemplateResult } from "lit";
import type { Money } from "../api/documents";
import { moneyColumn } from "../format/money";

/** One line of a list of amounts: what it is of, as it is to be shown. */
export interface Amount {
  what: TemplateResult;
  amount: Money;
}

/** Amounts as bars to one scale, each beside its figure; `most` is a full bar. */
export function amountBars(amounts: Amount[], currency: string, most: Money): TemplateResult {
  const scale = Number(most) || 1;
  const written = moneyColumn(
    amounts.map(({ amount }) => amount),
    currency,
  );
  return html`<ul class="bars">${amounts.map(
    ({ what, amount }) => html`<li>
      <span class="what">${what}</span>
      <span class="bar" aria-hidden="true"><span .style=${`--share: ${Math.min(1, Number(amount) / scale)}`}></span></span>
      <span class="figure">${written(amount)}</span>
    </li>`,
  )}</ul>`;
}

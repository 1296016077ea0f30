import { html, type TemplateResult } from "lit";
import type { QuoteLine } from "../api/documents";
import { moneyColumn } from "../format/money";
import { count } from "../format/words";

/** A bill's lines as one stacked bar with its legend: what the sum is made of. */
export function costBar(lines: QuoteLine[], currency: string): TemplateResult {
  const sum = lines.reduce((total, line) => total + Number(line.total), 0) || 1;
  const written = moneyColumn(
    lines.map((line) => line.total),
    currency,
  );
  const share = (line: QuoteLine) => Number(line.total) / sum;
  return html`<div class="cost">
    <div class="stack" aria-hidden="true">
      ${lines.map((line, at) => html`<span class="part hue-${at % 6}" .style=${`flex-grow: ${share(line)}`}></span>`)}
    </div>
    <table>
      <caption class="hidden">What the price is made of</caption>
      <thead class="hidden">
        <tr><th scope="col">Item</th><th scope="col">Quantity</th><th scope="col">Price</th></tr>
      </thead>
      <tbody>
        ${lines.map(
          (line, at) => html`<tr>
            <th scope="row"><span class="dot hue-${at % 6}" aria-hidden="true"></span>${line.item}</th>
            <td class="soft">${count(Number(line.quantity), line.unit)}</td>
            <td class="figure">${written(line.total)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

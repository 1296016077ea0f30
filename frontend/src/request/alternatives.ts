import { html, nothing, type TemplateResult } from "lit";
import type { Alternative } from "../api/documents";
import { money } from "../format/money";

/** Other machines that would do, each with what it gives up and its price. */
export function alternatives(
  offered: Alternative[],
  choose: (alternative: Alternative) => void,
): TemplateResult | typeof nothing {
  if (!offered.length) return nothing;
  const scale = Math.max(...offered.map((alternative) => Number(alternative.quote.total)), Number.MIN_VALUE);
  return html`<section class="alternatives">
    <h2>Alternatives</h2>
    <ul>
      ${offered.map(
        (alternative) => html`<li class="card">
          <h3>${alternative.label}</h3>
          <p><code>${alternative.spec.machine_type}</code>${alternative.spec.spot ? " · spot" : ""}</p>
          <p class="soft">${alternative.trade_off}</p>
          <p class="bar-line">
            <span class="bar" aria-hidden="true"
              ><span .style=${`--share: ${Number(alternative.quote.total) / scale}`}></span
            ></span>
            <span class="figure">${money(alternative.quote.total, alternative.quote.currency)}</span>
          </p>
          <button type="button" aria-label="Use this: ${alternative.label}"
            @click=${() => choose(alternative)}>Use this</button>
        </li>`,
      )}
    </ul>
  </section>`;
}

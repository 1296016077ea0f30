import { html, nothing, type TemplateResult } from "lit";
import type { Quote } from "../api/documents";

/** What a change brings about beside its price, to be read before it is approved. */
export function consequences(quote: Quote): TemplateResult | typeof nothing {
  if (!quote.consequences.length) return nothing;
  return html`<ul class="consequences ${quote.restarts ? "notice warn" : ""}" data-testid="consequences">
    ${quote.consequences.map((sentence) => html`<li>${sentence}</li>`)}
  </ul>`;
}

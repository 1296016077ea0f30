import { html, nothing, type TemplateResult } from "lit";
import type { Keyword, Suggestion } from "../api/documents";
import { changeValue } from "../format/changes";
import { capital, cut, words } from "../format/words";
import type { Unfolding } from "./unfolding";

/** What was understood of a request: its words with those that counted marked, and what was assumed and changed. */
export function understood(suggestion: Suggestion): TemplateResult {
  const currency = suggestion.quote?.currency ?? "USD";
  const by = suggestion.reasons.find((reason) => reason.field === "engine");
  return html`<div class="understood">
    ${analysed(suggestion.request, suggestion.analysis, by?.because)} ${explained(suggestion.explanation)}
    ${list(
      "Changed",
      suggestion.changes.map((change) => changed(change, currency)),
    )} ${list("Assumed", suggestion.assumptions)}
    ${suggestion.outcome === "refused" ? list("Why", refusals(suggestion)) : nothing}
  </div>`;
}

/** What is known while the answer is still on its way. `request` is the whole text that the analysis speaks of. */
export function understoodSoFar(request: string, known: Unfolding): TemplateResult {
  return html`<div class="understood" aria-busy="true" data-testid="unfolding">
    ${known.analysis ? analysed(request, known.analysis) : nothing} ${explained(known.explanation, true)}
  </div>`;
}

function analysed(request: string, analysis: Suggestion["analysis"], by?: string): TemplateResult {
  const pieces = cut(request, analysis.keywords);
  return html`<p class="quoted">${pieces.map(({ text, mark }) => (mark ? marked(text, mark) : text))}</p>
    <p class="soft">
      ${[capital(analysis.intent), `${analysis.environment} environment`, by].filter(Boolean).join(" · ")}
    </p>`;
}

/** The model's own words: text, whatever they look like. */
function explained(text: string | null, growing = false): TemplateResult | typeof nothing {
  if (!text) return nothing;
  return html`<p class="explanation ${growing ? "growing" : ""}" data-testid="explanation">${text}</p>`;
}

function marked(text: string, keyword: Keyword): TemplateResult {
  const kind = words(keyword.kind);
  return html`<mark title=${kind}>${text}<span class="hidden"> (${kind})</span></mark>`;
}

function changed(change: Suggestion["changes"][number], currency: string): TemplateResult {
  const value = (text: string) => changeValue(change.field, text, currency);
  return html`${words(change.field)}: <del>${value(change.from)}</del> → <ins>${value(change.to)}</ins>`;
}

function refusals(suggestion: Suggestion): string[] {
  return suggestion.reasons.filter((reason) => reason.field !== "engine").map((reason) => reason.because);
}

function list(title: string, items: (string | TemplateResult)[]): TemplateResult | typeof nothing {
  if (!items.length) return nothing;
  return html`<div class="assumed"><h2>${title}</h2>
    <ul>${items.map((item) => html`<li>${item}</li>`)}</ul></div>`;
}

import { html, nothing, type TemplateResult } from "lit";
import type { Keyword, Suggestion } from "../api/documents";
import { capital, cut, words } from "../format/words";

/** What was understood of a request: its words with those that counted marked, and what was assumed and changed. */
export function understood(suggestion: Suggestion): TemplateResult {
  const pieces = cut(suggestion.request, suggestion.analysis.keywords);
  const by = suggestion.reasons.find((reason) => reason.field === "engine");
  return html`<div class="understood">
    <p class="quoted">${pieces.map(({ text, mark }) => (mark ? marked(text, mark) : text))}</p>
    <p class="soft">
      ${[capital(suggestion.analysis.intent), `${suggestion.analysis.environment} environment`, by?.because]
        .filter(Boolean)
        .join(" · ")}
    </p>
    ${list("Changed", suggestion.changes.map(changed))} ${list("Assumed", suggestion.assumptions)}
    ${suggestion.outcome === "refused" ? list("Why", refusals(suggestion)) : nothing}
  </div>`;
}

function marked(text: string, keyword: Keyword): TemplateResult {
  const kind = words(keyword.kind);
  return html`<mark title=${kind}>${text}<span class="hidden"> (${kind})</span></mark>`;
}

function changed(change: Suggestion["changes"][number]): TemplateResult {
  return html`${words(change.field)}: <del>${readable(change.from)}</del> → <ins>${readable(change.to)}</ins>`;
}

/** A field's value as people read it, from the text that the API writes it in. */
function readable(text: string): string {
  let value: unknown = text;
  try {
    value = JSON.parse(text);
  } catch {
    // A plain word.
  }
  if (value === null) return "none";
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (typeof value === "object") return Object.values(value).filter(Boolean).join(" ");
  return String(value);
}

function refusals(suggestion: Suggestion): string[] {
  return suggestion.reasons.filter((reason) => reason.field !== "engine").map((reason) => reason.because);
}

function list(title: string, items: (string | TemplateResult)[]): TemplateResult | typeof nothing {
  if (!items.length) return nothing;
  return html`<div class="assumed"><h2>${title}</h2>
    <ul>${items.map((item) => html`<li>${item}</li>`)}</ul></div>`;
}

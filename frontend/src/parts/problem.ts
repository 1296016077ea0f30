import { faTriangleExclamation } from "@fortawesome/free-solid-svg-icons/faTriangleExclamation";
import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../api/client";
import { words } from "../format/words";
import { icon } from "./icon";

/** A failure, in place: what happened, what to do, and a way to try again where that may help. */
export function problemNotice(problem: Problem | null, retry?: () => void): TemplateResult | typeof nothing {
  if (!problem || problem.status === 401) return nothing;
  return html`<div class="notice bad" role="alert">
    ${icon(faTriangleExclamation)}
    <div>
      <p>${sentences(problem)}</p>
      ${problem.extra.trace_id ? html`<p>Trace id: <code>${problem.extra.trace_id}</code></p>` : nothing}
      ${retry ? html`<button class="quiet" type="button" @click=${retry}>Try again</button>` : nothing}
    </div>
  </div>`;
}

/** Its detail; where it names the fields of the document that was sent, with their names as words. */
function sentences(problem: Problem): string {
  if (problem.code !== "invalid" || !problem.fields.length) return problem.detail;
  const name = (field: string) => words(field.split(".").findLast((part) => !/^\d+$/.test(part)) ?? "");
  return problem.fields
    .map((each) => (each.field ? `${name(each.field)}: ${each.detail}` : each.detail))
    .join(" ");
}

import { html, nothing, type TemplateResult } from "lit";
import type { Catalog, Placement, VmEvent } from "../api/documents";
import { recently } from "../format/time";
import { regionTitle, words } from "../format/words";

/** The placement trace: each place that was looked at, what was decided, and the sentence that says why. */
export function placement(trace: Placement[], catalog: Catalog | null): TemplateResult {
  if (!trace.length) return html`<p class="soft">No place has been looked at yet.</p>`;
  return html`<ol class="trace">
    ${trace.map(
      (line) => html`<li>
        <strong>${line.zone ?? regionTitle(line.region, catalog)}</strong>
        <span class="tag">${words(line.verdict)}</span>
        <span class="soft">${line.because}</span>
      </li>`,
    )}
  </ol>`;
}

/** What happened to it, latest first. */
export function timeline(events: VmEvent[]): TemplateResult {
  if (!events.length) return html`<p class="soft">Nothing yet.</p>`;
  return html`<ol class="timeline" reversed>
    ${[...events].reverse().map(
      (event) => html`<li>
        <time datetime=${event.at} class="figure soft">${recently(event.at)}</time>
        <div>
          <strong>${words(event.kind)}</strong>
          ${
            event.to_state && event.from_state !== event.to_state
              ? html`<span class="tag">${event.to_state}</span>`
              : nothing
          }
          ${event.detail ? html`<span class="soft">${event.detail}</span>` : nothing}
        </div>
      </li>`,
    )}
  </ol>`;
}

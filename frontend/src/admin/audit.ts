import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { AuditRecord } from "../api/admin-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import { words } from "../format/words";
import { Pages } from "../parts/pages";
import { session } from "../session";
import { View } from "../view";

/** Who did what to which machine, from where, and how it ended. `own`: one's own records, without the search. */
@customElement("vmc-audit")
export class Audit extends View {
  @property({ type: Boolean }) own = false;
  #vm = "";
  #actor = "";
  #records = new Pages<AuditRecord>(this, async (page) => {
    const answer = await api.audit(this.#vm, this.own ? (session.me?.email ?? "") : this.#actor, page);
    return { items: answer.records, next: answer.next_page_token };
  });

  #search = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    this.#vm = String(form.get("vm")).trim();
    this.#actor = String(form.get("actor")).trim();
    this.#records.reload();
  };

  override render() {
    const { items, known } = this.#records;
    return html`${
      this.own
        ? nothing
        : html`<form class="pair" @submit=${this.#search}>
            <input name="vm" aria-label="Machine" placeholder="Machine" autocomplete="off" />
            <input name="actor" aria-label="Who" placeholder="Who" autocomplete="off" />
            <button>Search</button>
          </form>`
    }
      ${items.length ? this.#table(items) : known ? html`<p class="soft">No record.</p>` : nothing}
      ${this.#records.foot()}`;
  }

  #table(records: AuditRecord[]) {
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Audit records">
      <table class="wide-table">
        <thead>
          <tr>
            <th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th>
            <th scope="col">Machine</th><th scope="col">Outcome</th><th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          ${records.map(
            (record) => html`<tr>
              <td class="figure">${moment(record.at)}</td>
              <td>${record.actor ?? record.actor_kind}</td>
              <td>${words(record.action)}
                ${
                  record.to_state && record.to_state !== record.from_state
                    ? html`<span class="tag">${record.from_state ?? "–"} → ${record.to_state}</span>`
                    : nothing
                }
                ${record.detail ? html`<span class="soft">${record.detail}</span>` : nothing}</td>
              <td>${record.vm ? html`<a href="/vms/${record.vm}">${record.vm}</a>` : "–"}</td>
              <td>${record.outcome}</td>
              <td><code>${record.address ?? "–"}</code></td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Vm } from "../api/documents";
import { money } from "../format/money";
import { durationInWords, moment } from "../format/time";
import { Pages } from "../parts/pages";
import { statePill } from "../parts/vm-state";
import { View } from "../view";

/** The machines that were: when, why they ended, and where their receipts are. */
@customElement("vmc-history")
export class History extends View {
  #past = new Pages<Vm>(this, async (page) => {
    const answer = await api.vms(["DELETED", "FAILED"], page);
    return { items: answer.vms, next: answer.next_page_token };
  });

  override render() {
    const { items, known } = this.#past;
    return html`<section>
      <h1 tabindex="-1">History</h1>
      <p class="lead">What came to its end. Names are never used twice, and every receipt stays.</p>
      ${items.length ? html`<ul class="vms past">${items.map(row)}</ul>` : nothing}
      ${known && !items.length ? html`<p class="soft">No machine has come to its end yet.</p>` : nothing}
      ${this.#past.foot()}
    </section>`;
  }
}

function row(vm: Vm): TemplateResult {
  return html`<li class="card vm">
    <div>
      <h2><a href="/vms/${vm.name}">${vm.name}</a></h2>
      <p class="soft">${vm.spec.machine_type} · ${vm.zone ?? vm.region ?? "no place"}</p>
    </div>
    <p class="state">${statePill(vm)}</p>
    <p class="ended">${vm.reason_text ?? ""} <span class="soft">${moment(vm.deleted_at ?? vm.updated_at)}</span></p>
    <p class="price"><strong class="figure">${money(vm.quote.total, vm.currency)}</strong>
      <span class="soft">quoted for ${durationInWords(vm.spec.duration)}</span></p>
  </li>`;
}

import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { AdminRegion } from "../api/admin-documents";
import * as api from "../api/calls";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { Action, Loaded, View } from "../view";
import { changedOf, numberField } from "./fields";

/** Each region's limit and place in the order, and whether it takes new machines. */
@customElement("vmc-admin-regions")
export class AdminRegions extends View {
  #regions = new Loaded(this, api.adminRegions);
  #action = new Action(this);

  #save = async (event: SubmitEvent, region: AdminRegion): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const wish: api.RegionChange = {
      vcpu_limit: Number(form.get("vcpu_limit")),
      priority: Number(form.get("priority")),
      drained: form.get("drained") !== null,
    };
    const change = changedOf(region, wish);
    if (!Object.keys(change).length) return;
    const done = await this.#action.run(() => api.changeRegion(region.id, change));
    if (!done) return;
    say(`${region.id} saved`);
    await this.#regions.load();
  };

  override render() {
    const regions = [...(this.#regions.value?.regions ?? [])].sort(
      (one, other) => one.priority - other.priority,
    );
    return html`${problemNotice(this.#action.problem)}
      ${problemNotice(this.#regions.problem, () => void this.#regions.load())}
      <ul class="rows">${regions.map((region) => this.#row(region))}</ul>`;
  }

  #row(region: AdminRegion) {
    return html`<li>
      <form class="edit-row" @submit=${(event: SubmitEvent) => this.#save(event, region)} aria-label=${region.id}>
        <p><strong>${region.id}</strong> <span class="soft">${region.used_vcpus} vCPUs in use${region.fallback ? " · fallback" : ""}</span></p>
        ${numberField("vcpu_limit", "Limit, in vCPUs", region.vcpu_limit)} ${numberField("priority", "Order", region.priority)}
        <label class="check"><input type="checkbox" name="drained" .checked=${region.drained} /> <span>Drained</span></label>
        <button ?disabled=${this.#action.busy}>Save<span class="hidden"> ${region.id}</span></button>
      </form>
    </li>`;
  }
}

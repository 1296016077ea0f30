import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import type { AdminRegion, AdminSettings } from "../api/admin-documents";
import * as api from "../api/calls";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { Action, Loaded, View } from "../view";
import { changedOf, numberField } from "./fields";

/** Each region's limits and place in the order, and whether it takes new machines; and the project's limit. */
@customElement("vmc-admin-regions")
export class AdminRegions extends View {
  #regions = new Loaded(this, api.adminRegions);
  #settings = new Loaded(this, api.adminSettings);
  #action = new Action(this);

  #save = async (event: SubmitEvent, region: AdminRegion): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const wish: api.RegionChange = {
      vcpu_limit: Number(form.get("vcpu_limit")),
      address_limit: Number(form.get("address_limit")),
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

  #saveRules = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const limit = Number(new FormData(event.target as HTMLFormElement).get("firewall_rule_limit"));
    if (limit === this.#settings.value?.firewall_rule_limit) return;
    const done = await this.#action.run(() => api.changeSettings({ firewall_rule_limit: limit }));
    if (!done) return;
    say("Firewall rules saved");
    await this.#settings.load();
  };

  override render() {
    const regions = [...(this.#regions.value?.regions ?? [])].sort(
      (one, other) => one.priority - other.priority,
    );
    return html`${problemNotice(this.#action.problem)}
      ${problemNotice(this.#regions.problem, () => void this.#regions.load())}
      ${problemNotice(this.#settings.problem, () => void this.#settings.load())}
      <ul class="rows">${regions.map((region) => this.#row(region))}${this.#settings.value ? this.#rules(this.#settings.value) : nothing}</ul>`;
  }

  #rules(settings: AdminSettings) {
    return html`<li>
      <form class="edit-row" @submit=${this.#saveRules} aria-label="Firewall rules">
        <p><strong>Firewall rules</strong> <span class="soft">${settings.used_firewall_rules} in use, one a machine, in the project as a whole</span></p>
        ${numberField("firewall_rule_limit", "Limit, in rules", settings.firewall_rule_limit)}
        <button ?disabled=${this.#action.busy}>Save<span class="hidden"> firewall rules</span></button>
      </form>
    </li>`;
  }

  #row(region: AdminRegion) {
    return html`<li>
      <form class="edit-row" @submit=${(event: SubmitEvent) => this.#save(event, region)} aria-label=${region.id}>
        <p><strong>${region.id}</strong> <span class="soft">In use: vCPUs ${region.used_vcpus}, external addresses ${region.used_addresses}${region.fallback ? " · fallback" : ""}</span></p>
        ${numberField("vcpu_limit", "Limit, in vCPUs", region.vcpu_limit)}
        ${numberField("address_limit", "Limit, in addresses", region.address_limit)} ${numberField("priority", "Order", region.priority)}
        <label class="check"><input type="checkbox" name="drained" .checked=${region.drained} /> <span>Drained</span></label>
        <button ?disabled=${this.#action.busy}>Save<span class="hidden"> ${region.id}</span></button>
      </form>
    </li>`;
  }
}

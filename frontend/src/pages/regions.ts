import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import * as api from "../api/calls";
import type { LiveEvent, Region } from "../api/documents";
import { count } from "../format/words";
import { connectionSign } from "../parts/connection";
import { problemNotice } from "../parts/problem";
import { Loaded, View } from "../view";
import { Watch } from "../watch";

const STATUS: Record<Region["status"], { words: string; tone: string }> = {
  free: { words: "free", tone: "good" },
  full: { words: "full", tone: "bad" },
  fallback: { words: "fallback", tone: "idle" },
  drained: { words: "drained", tone: "warn" },
};
const SETTLED = 400;

/** The regions in the order in which they are tried: how full each is, and what stands in it. */
@customElement("vmc-regions")
export class Regions extends View {
  #regions = new Loaded(this, api.regions);
  #watch = new Watch(this, (event) => this.#heard(event));
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch.open("/events");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** A machine moved, and the counts with it: read them again once a burst of news is over. */
  #heard(_event: LiveEvent): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#regions.load(), SETTLED);
  }

  override render() {
    const picture = this.#regions.value;
    const regions = picture?.regions;
    const part = (fallback: boolean) =>
      (regions ?? [])
        .filter((region) => region.fallback === fallback)
        .sort((one, other) => one.priority - other.priority)
        .map(card);
    return html`<section>
      <header class="head"><h1 tabindex="-1">Regions</h1>${connectionSign(this.#watch.connection)}</header>
      <p class="lead">Tried in this order, as far as each one's limits of vCPUs and external addresses allow; the fallbacks when all others are full.</p>
      ${problemNotice(this.#regions.problem, () => void this.#regions.load())}
      ${
        regions
          ? html`<h2>In order</h2>
            <ol class="regions">${part(false)}</ol>
            <h2>Fallbacks</h2>
            <ol class="regions">${part(true)}</ol>
            <p class="soft">Firewall rules of all together: ${picture?.firewall_rules.used}/${picture?.firewall_rules.limit}</p>`
          : this.#regions.problem
            ? nothing
            : html`<div class="skeleton"><span></span><span></span><span></span></div>`
      }
    </section>`;
  }
}

function card(region: Region): TemplateResult {
  const { words, tone } = STATUS[region.status];
  const share = Math.min(1, region.used_vcpus / Math.max(1, region.limit_vcpus));
  return html`<li class="card region">
    <div class="head">
      <h3>${region.city}</h3>
      <span class="tag ${tone}">${words}</span>
    </div>
    <p class="soft"><code>${region.id}</code></p>
    <p class="bar-line">
      <span class="bar ${share >= 1 ? "full" : ""}" aria-hidden="true"><span .style=${`--share: ${share}`}></span></span>
      <span class="figure">${region.label}</span>
    </p>
    <p class="soft">External addresses: ${region.used_addresses}/${region.limit_addresses}</p>
    ${
      region.vms.length
        ? html`<ul class="chips">${region.vms.map((name) => html`<li><a class="chip" href="/vms/${name}">${name}</a></li>`)}</ul>`
        : nothing
    }
    <p class="soft">${region.others ? `${count(region.others, "machine")} of others` : region.vms.length ? "" : "No machine"}</p>
  </li>`;
}

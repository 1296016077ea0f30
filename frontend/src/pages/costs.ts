import { faChevronLeft } from "@fortawesome/free-solid-svg-icons/faChevronLeft";
import { faChevronRight } from "@fortawesome/free-solid-svg-icons/faChevronRight";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Costs, Forecast, VmCost } from "../api/cost-documents";
import { money } from "../format/money";
import { monthAfter, monthInWords } from "../format/month";
import { amountBars } from "../parts/amount-bars";
import "../parts/day-chart";
import { icon } from "../parts/icon";
import { Pages } from "../parts/pages";
import { session } from "../session";
import { View } from "../view";

const EVERYBODY = "*";

/** What a month costs: against the quota, by day, region and machine, and what it will have cost at its end. */
@customElement("vmc-costs")
export class CostsPage extends View {
  @state() private owner: string | null = null;
  /** null: the current one. */
  @state() private month: string | null = null;
  #costs: Costs | null = null;
  /** The month that the first answer was of: there is none after it. */
  #latest: string | null = null;

  #vms = new Pages<VmCost>(this, async (page) => {
    const answer = await api.costs(this.month, this.owner, page);
    this.#costs = answer;
    this.#latest ??= answer.month;
    return { items: answer.vms, next: answer.next_page_token };
  });

  #show(month: string | null, owner: string | null): void {
    this.month = month === this.#latest ? null : month;
    this.owner = owner;
    this.#vms.reload();
  }

  override render() {
    const costs = this.#costs;
    return html`<section>
      <header class="head"><h1 tabindex="-1">Costs</h1>${this.#whose()}</header>
      <p class="lead">What machines have cost by the second, at the rates that were frozen when they were placed. Days and months are in UTC; network egress is not included.</p>
      ${
        costs
          ? html`${this.#months(costs.month)}
            <div class="columns">
              <div>${spent(costs)} ${days(costs)} ${this.#machines(costs)}</div>
              <div>${costs.forecast ? forecast(costs.forecast, costs.currency) : nothing} ${regions(costs)}</div>
            </div>`
          : this.#vms.foot()
      }
    </section>`;
  }

  #whose() {
    if (session.me?.role === "user") return nothing;
    const choose = (event: Event) =>
      this.#show(this.month, (event.target as HTMLSelectElement).value || null);
    return html`<label class="field inline">Whose
      <select @change=${choose}><option value="">Mine</option><option value=${EVERYBODY}>Everybody's</option></select>
    </label>`;
  }

  #months(month: string): TemplateResult {
    const step = (months: number) => () => this.#show(monthAfter(month, months), this.owner);
    return html`<div class="months">
      <button class="icon-only" type="button" aria-label="The month before" @click=${step(-1)}>${icon(faChevronLeft)}</button>
      <h2 aria-live="polite">${monthInWords(month)}</h2>
      <button class="icon-only" type="button" aria-label="The month after" ?disabled=${month === this.#latest}
        @click=${step(1)}>${icon(faChevronRight)}</button>
    </div>`;
  }

  #machines(costs: Costs): TemplateResult {
    const vms = this.#vms.items;
    const bars = vms.map((vm) => ({
      what: html`<a href="/vms/${vm.name}">${vm.name}</a> <span class="soft">${vm.machine_type}</span>`,
      amount: vm.spent,
    }));
    return html`<div class="card">
      <h3>By machine</h3>
      ${vms.length ? amountBars(bars, costs.currency, vms[0]?.spent ?? "0") : html`<p class="soft">No machine cost anything in this month.</p>`}
      ${this.#vms.foot()}
    </div>`;
  }
}

function spent({ spent, quota, currency, forecast }: Costs): TemplateResult {
  const share = quota ? Math.min(1, Number(spent) / (Number(quota.max_monthly) || 1)) : 0;
  return html`<div class="card" data-testid="spent">
    <h3>${forecast ? "Spent so far" : "Spent"}</h3>
    <p class="sum figure">${money(spent, currency)}</p>
    ${
      quota
        ? html`<p class="bar-line">
            <span class="bar ${share >= 1 ? "full" : ""}" aria-hidden="true"><span .style=${`--share: ${share}`}></span></span>
            <span class="figure">of ${money(quota.max_monthly, currency)} a month</span>
          </p>
          <p class="soft">${money(quota.approved, currency)} is approved for this month, up to each machine's ceiling:
            ${money(quota.left, currency)} may still be approved.</p>`
        : nothing
    }
  </div>`;
}

function days(costs: Costs): TemplateResult {
  return html`<div class="card">
    <h3>By day</h3>
    <vmc-day-chart .days=${costs.days} .currency=${costs.currency}></vmc-day-chart>
  </div>`;
}

function forecast(ahead: Forecast, currency: string): TemplateResult {
  const parts = [
    { what: html`Spent so far`, amount: ahead.spent },
    { what: html`Committed`, amount: ahead.committed },
    { what: html`New machines`, amount: ahead.new },
  ];
  return html`<div class="card" data-testid="forecast">
    <h3>At the month's end</h3>
    <p class="sum figure">${money(ahead.total, currency)}</p>
    ${
      ahead.low === ahead.high
        ? nothing
        : html`<p>likely between <span class="figure">${money(ahead.low, currency)}</span> and
            <span class="figure">${money(ahead.high, currency)}</span></p>`
    }
    ${amountBars(parts, currency, ahead.total)}
    <p class="soft">${ahead.method}</p>
  </div>`;
}

function regions(costs: Costs): TemplateResult {
  const bars = costs.regions.map(({ region, city, spent }) => ({
    what: html`${city.split(",")[0]} <code class="soft">${region}</code>`,
    amount: spent,
  }));
  return html`<div class="card">
    <h3>By region</h3>
    ${bars.length ? amountBars(bars, costs.currency, costs.regions[0]?.spent ?? "0") : html`<p class="soft">Nothing ran anywhere.</p>`}
  </div>`;
}

import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { DayCost } from "../api/cost-documents";
import { money, moneyColumn } from "../format/money";
import { dayInWords } from "../format/month";
import { View } from "../view";

const STEP = 10;
const GAP = 2;
const HEIGHT = 100;
const LEAST = 0.6; // of HEIGHT: a day that cost anything can be seen

/** What each day cost, drawn: bars to one scale, one of them read out; by pointer or arrow keys, and as a table. */
@customElement("vmc-day-chart")
export class DayChart extends View {
  @property({ attribute: false }) days: DayCost[] = [];
  @property() currency = "USD";
  @state() private chosen: number | null = null;

  #keys = (event: KeyboardEvent): void => {
    const last = this.days.length - 1;
    const at = this.chosen ?? last;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.chosen = Math.max(0, Math.min(last, next));
  };

  override render() {
    const first = this.days[0];
    const last = this.days.at(-1);
    if (!first || !last) return nothing;
    const dearest = this.days.reduce((one, other) => (Number(other.spent) > Number(one.spent) ? other : one));
    const shown = this.days[this.chosen ?? this.days.length - 1] ?? last;
    return html`<figure class="days">
      <div class="plot" role="group" tabindex="0" aria-label="Day by day: left and right arrow keys choose a day"
        @keydown=${this.#keys} @pointerleave=${() => (this.chosen = null)}>
        ${this.#drawn(first, last, dearest)}
        <div class="axis soft" aria-hidden="true"><span>${dayInWords(first.day)}</span><span>${dayInWords(last.day)}</span></div>
      </div>
      <p class="read" aria-live="polite"><span>${dayInWords(shown.day)}</span>
        <strong class="figure">${money(shown.spent, this.currency)}</strong></p>
      ${this.#table()}
    </figure>`;
  }

  #drawn(first: DayCost, last: DayCost, dearest: DayCost): TemplateResult {
    const scale = Number(dearest.spent) || 1;
    const told = `${dayInWords(first.day)} to ${dayInWords(last.day)}; the dearest day is ${dayInWords(dearest.day)} with ${money(dearest.spent, this.currency)}.`;
    return html`<svg viewBox="0 0 ${this.days.length * STEP - GAP} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-labelledby="days-title days-told">
      <title id="days-title">Spent per day</title>
      <desc id="days-told">${told}</desc>
      ${this.days.map((day, at) => this.#bar(day, at, scale))}
    </svg>`;
  }

  #bar({ spent }: DayCost, at: number, scale: number) {
    const height = Number(spent) ? Math.max(LEAST, (Number(spent) / scale) * HEIGHT) : 0;
    return svg`<g class=${at === (this.chosen ?? this.days.length - 1) ? "chosen" : ""} @pointerenter=${() => (this.chosen = at)}>
      <rect class="space" x=${at * STEP} y="0" width=${STEP - GAP} height=${HEIGHT}></rect>
      <rect class="spent" x=${at * STEP} y=${HEIGHT - height} width=${STEP - GAP} height=${height}></rect>
    </g>`;
  }

  #table(): TemplateResult {
    const written = moneyColumn(
      this.days.map(({ spent }) => spent),
      this.currency,
    );
    return html`<details>
      <summary>As a table</summary>
      <table>
        <caption class="hidden">Spent per day, in UTC</caption>
        <thead><tr><th scope="col">Day</th><th scope="col">Spent</th></tr></thead>
        <tbody>${this.days.map(
          ({ day, spent }) =>
            html`<tr><th scope="row">${dayInWords(day)}</th><td class="figure">${written(spent)}</td></tr>`,
        )}</tbody>
      </table>
    </details>`;
  }
}

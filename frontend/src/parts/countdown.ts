import { html, svg } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Time } from "../api/documents";
import { now } from "../clock";
import { left, moment } from "../format/time";
import { EachSecond, View } from "../view";

const RADIUS = 42;
const ROUND = 2 * Math.PI * RADIUS;
const SOON = 15 * 60_000;

/** How much of a lease is left: a ring that empties, and the time in words. */
@customElement("vmc-countdown")
export class Countdown extends View {
  @property() starts: Time = "";
  @property() ends: Time = "";
  /** Without the words around it, for lists. */
  @property({ type: Boolean }) small = false;

  constructor() {
    super();
    new EachSecond(this);
  }

  override render() {
    const end = Date.parse(this.ends);
    const whole = Math.max(1, end - Date.parse(this.starts));
    const rest = Math.max(0, end - now());
    const share = Math.min(1, rest / whole);
    const tone = rest === 0 ? "over" : rest < SOON ? "soon" : "";
    const words = rest === 0 ? "Time is up" : `${left(rest)} left`;
    return html`<div class="countdown ${tone} ${this.small ? "small" : ""}" role="timer" aria-live="off">
      ${this.#ring(share)}
      <p>
        <strong class="figure">${words}</strong>
        ${this.small ? "" : html`<span class="soft">until ${moment(this.ends)}</span>`}
      </p>
    </div>`;
  }

  #ring(share: number) {
    return svg`<svg class="ring" viewBox="0 0 100 100" aria-hidden="true">
      <circle class="track" cx="50" cy="50" r=${RADIUS}></circle>
      <circle class="rest" cx="50" cy="50" r=${RADIUS} transform="rotate(-90 50 50)"
        stroke-dasharray=${ROUND} stroke-dashoffset=${ROUND * (1 - share)}></circle>
    </svg>`;
  }
}

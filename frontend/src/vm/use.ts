import { faMaximize } from "@fortawesome/free-solid-svg-icons/faMaximize";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Vm } from "../api/documents";
import { Intent } from "../api/intent";
import type { Advice, IdleStop, Measured, Use } from "../api/use-documents";
import { money } from "../format/money";
import { durationInWords } from "../format/time";
import { bytes, percent } from "../format/words";
import "../parts/dialog";
import { icon } from "../parts/icon";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { isMoving } from "../parts/vm-state";
import { idleField, OFF } from "../request/idle-field";
import { Action, View } from "../view";
import "./resize";
import { useBars } from "./use-bars";

const UNMEASURED = {
  stopped: "It is stopped: nothing of it is used.",
  new: "Nothing is measured yet since its start: that takes a quarter of an hour.",
};

/**
 * How much of a machine is used, the size that would fit it better, and what follows when nobody uses it. Fires
 * `chosen` when that was chosen, `changed` with the VM when it is resized.
 */
@customElement("vmc-use")
export class UseCard extends View {
  @property({ attribute: false }) vm!: Vm;
  @property({ attribute: false }) measured: Measured | null = null;
  @state() private advised: string | null = null;
  #choose = new Action(this);
  #intent = new Intent();

  #chosen = async (idle_stop: string): Promise<void> => {
    const { name } = this.vm;
    const done = await this.#choose.run(() =>
      this.#intent.run({ name, idle_stop }, (key) => api.chooseIdleStop(name, idle_stop, key)),
    );
    if (!done) return;
    say(idle_stop === OFF ? "It is left running" : `It is stopped after ${durationInWords(idle_stop)} idle`);
    this.dispatchEvent(new Event("chosen"));
  };

  #close = (): void => {
    this.advised = null;
  };

  #resized = (event: CustomEvent<Vm>): void => {
    event.stopPropagation();
    this.#close();
    this.dispatchEvent(new CustomEvent<Vm>("changed", { detail: event.detail }));
  };

  override render() {
    const { measured, vm } = this;
    if (!measured) return nothing;
    const { use, idle, advice } = measured;
    return html`<section class="card use" data-testid="use">
      <h2>Use</h2>
      ${use ? this.#use(use) : html`<p class="soft">${UNMEASURED[vm.state === "STOPPED" ? "stopped" : "new"]}</p>`}
      ${advice && vm.state === "RUNNING" ? this.#advice(advice) : nothing}
      ${this.#idle(idle)}
      <vmc-dialog heading="Resize ${vm.name}" .open=${this.advised !== null} @dismiss=${this.#close}
        .content=${() => html`<vmc-resize .vm=${vm} .advised=${this.advised} @dismiss=${this.#close} @changed=${this.#resized}></vmc-resize>`}
      ></vmc-dialog>
    </section>`;
  }

  #use(use: Use): TemplateResult {
    return html`${useBars(use)}
      <dl class="facts">
        <dt>CPU</dt><dd><strong class="figure">${percent(use.cpu)}</strong> on average,
          ${percent(use.cpu_p95)} at its busiest</dd>
        ${use.memory === null ? nothing : html`<dt>Memory</dt><dd>${percent(use.memory)} at most</dd>`}
        <dt>Network</dt><dd>${bytes(use.network)} a second</dd>
        <dt>Measured</dt><dd>${durationInWords(use.measured)}, each ${durationInWords(use.period)}</dd>
      </dl>`;
  }

  #advice(advice: Advice): TemplateResult {
    const saves = advice.verdict === "too_large";
    return html`<p class="notice ${saves ? "good" : "warn"}" data-testid="advice">
      <span><strong>${saves ? "Too large." : "Too small."}</strong> ${advice.because}
        ${
          saves
            ? html`That saves <span class="figure">${money(advice.saving_hourly, advice.currency)}</span> an hour.`
            : html`It costs <span class="figure">${money(advice.hourly_after, advice.currency)}</span> an hour instead of
              ${money(advice.hourly, advice.currency)}.`
        }</span>
      <button type="button" data-testid="resize-advised" ?disabled=${isMoving(this.vm)} @click=${() => {
        this.advised = advice.machine_type;
      }}>${icon(faMaximize)} Resize to ${advice.machine_type}</button>
    </p>`;
  }

  #idle(idle: IdleStop): TemplateResult {
    if (idle.never) return html`<p class="soft">It is not stopped when it is idle: ${idle.never}.</p>`;
    return html`${idleField(idle.idle_stop, "When nobody uses it", (wish) => void this.#chosen(wish))}
      <p class="soft">You are warned before it. Stopped, it costs
        ${money(idle.saving_hourly, idle.currency)} an hour less; its disk stays, and is paid for.</p>
      ${problemNotice(this.#choose.problem)}`;
  }
}

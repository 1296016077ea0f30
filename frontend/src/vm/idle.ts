import { faPlay } from "@fortawesome/free-solid-svg-icons/faPlay";
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Vm } from "../api/documents";
import { Intent } from "../api/intent";
import type { IdleStop } from "../api/use-documents";
import { money } from "../format/money";
import { durationInWords, moment } from "../format/time";
import { icon } from "../parts/icon";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { Action, View } from "../view";

/** The warning that an idle machine will be stopped, with the way to keep it running. Fires `chosen` when it is kept. */
@customElement("vmc-idle")
export class Idle extends View {
  @property({ attribute: false }) vm!: Vm;
  @property({ attribute: false }) idle: IdleStop | null = null;
  #keep = new Action(this);
  #intent = new Intent();

  #run = async (idle: IdleStop): Promise<void> => {
    const what = { name: this.vm.name, warned_at: idle.warned_at };
    const done = await this.#keep.run(() =>
      this.#intent.run(what, (key) => api.chooseIdleStop(this.vm.name, idle.idle_stop, key)),
    );
    if (!done) return;
    say(`${this.vm.name} is kept running`);
    this.dispatchEvent(new Event("chosen"));
  };

  override render() {
    const { idle, vm } = this;
    const warned = idle?.stops_at && vm.state === "RUNNING" && vm.wanted === "RUNNING" ? idle : null;
    return html`<div role="status">${
      warned
        ? html`<p class="notice warn" data-testid="idle-warning">
            <span><strong>Nobody has used it for ${durationInWords(warned.idle_stop)}.</strong>
              It is stopped ${moment(warned.stops_at ?? "")} unless it is used: that saves
              <span class="figure">${money(warned.saving_hourly, warned.currency)}</span> an hour. Its disk stays; a later start needs room in its region.</span>
            <button type="button" data-testid="keep-running" ?disabled=${this.#keep.busy}
              @click=${() => this.#run(warned)}>${icon(faPlay)} Keep it running</button>
          </p>`
        : nothing
    }</div>
    ${problemNotice(this.#keep.problem)}`;
  }
}

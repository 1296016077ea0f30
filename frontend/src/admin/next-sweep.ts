import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { NextSweep } from "../api/admin-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import { problemNotice } from "../parts/problem";
import { Action, View } from "../view";
import { unreadNotice } from "./unread";

const FATES = { destroy: "in its turn", hold: "held back", keep: "kept", ask: "waits for a decision" };

/** A dry run: what the sweep would do this minute, by the selector that it uses itself. */
@customElement("vmc-next-sweep")
export class NextSweepView extends View {
  @state() private shown: NextSweep | null = null;
  #look = new Action(this);

  #run = async (): Promise<void> => {
    const done = await this.#look.run(api.nextSweep);
    if (done) this.shown = done.result.next_sweep;
  };

  override render() {
    return html`<div class="actions">
        <button type="button" data-testid="dry-run" ?disabled=${this.#look.busy} @click=${this.#run}>
          What would it do now?</button>
      </div>
      ${problemNotice(this.#look.problem)}
      <div role="status">${this.shown ? this.#outcome(this.shown) : nothing}</div>`;
  }

  #outcome(sweep: NextSweep) {
    const { resources, ends, unlike } = sweep;
    return html`<p>${moment(sweep.at)}: ${sweep.seen} things of ours in the cloud; at most ${sweep.most} that no machine
        explains would be destroyed.</p>
      ${unreadNotice(sweep.unread)}
      ${sweep.doubt ? html`<p><strong>Nothing is destroyed:</strong> ${sweep.doubt}.</p>` : nothing}
      ${
        resources.length + ends.length + unlike.length
          ? html`<ul class="rows" data-testid="foretold">
            ${ends.map((each) => row(each.vm, each.action === "end" ? "ends now" : "held back", `its end was ${moment(each.end)}`))}
            ${resources.map((each) => row(each.name, each.this_sweep ? "destroyed now" : FATES[each.action], each.because))}
            ${unlike.map((each) => row(each.vm, "differs", each.because))}
          </ul>`
          : html`<p class="soft">Nothing is to be done.</p>`
      }`;
  }
}

function row(name: string, what: string, because: string) {
  return html`<li><strong>${name}</strong> <span class="soft">${what} · ${because}</span></li>`;
}

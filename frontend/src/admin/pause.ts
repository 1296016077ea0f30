import { faPause } from "@fortawesome/free-solid-svg-icons/faPause";
import { faPlay } from "@fortawesome/free-solid-svg-icons/faPlay";
import { html } from "lit";
import { customElement } from "lit/decorators.js";
import * as api from "../api/calls";
import { icon } from "../parts/icon";
import { problemNotice } from "../parts/problem";
import { session, WatchSession } from "../session";
import { Action, View } from "../view";

/** The one switch that pauses creation; deaths go on. */
@customElement("vmc-pause")
export class Pause extends View {
  #action = new Action(this);

  constructor() {
    super();
    new WatchSession(this);
  }

  #toggle = async (): Promise<void> => {
    const paused = session.health?.creation_paused ?? false;
    const done = await this.#action.run(() => api.changeSettings({ creation_paused: !paused }));
    if (!done || !session.health) return;
    session.health = { ...session.health, creation_paused: done.result.creation_paused };
    session.changed();
  };

  override render() {
    const paused = session.health?.creation_paused ?? false;
    return html`<section class="card">
      <div class="head">
        <div>
          <h2>Creation is ${paused ? "paused" : "on"}</h2>
          <p class="soft">${paused ? "Nothing new is made; what runs goes on, and ends on time." : "Approved machines are made."}</p>
        </div>
        <button type="button" class=${paused ? "primary" : ""} aria-pressed=${paused} data-testid="pause"
          ?disabled=${this.#action.busy} @click=${this.#toggle}>
          ${icon(paused ? faPlay : faPause)} ${paused ? "Let creation go on" : "Pause creation"}
        </button>
      </div>
      ${problemNotice(this.#action.problem)}
    </section>`;
  }
}

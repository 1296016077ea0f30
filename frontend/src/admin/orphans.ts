import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Orphan } from "../api/admin-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import { capital } from "../format/words";
import "../parts/dialog";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { Action, Loaded, View } from "../view";
import { unreadNotice } from "./unread";

type Asking = { orphan: Orphan; what: "destroy" | "adopt" };

/** What the cloud has and no machine of the registry explains: left to its end, destroyed sooner, or adopted. */
@customElement("vmc-orphans")
export class Orphans extends View {
  @state() private asking: Asking | null = null;
  #found = new Loaded(this, api.orphans);
  #decide = new Action(this);

  #ask(orphan: Orphan, what: Asking["what"]): () => void {
    return () => {
      this.asking = { orphan, what };
    };
  }

  #close = (): void => {
    this.asking = null;
    this.#decide.clear();
  };

  #confirmed = async ({ orphan, what }: Asking): Promise<void> => {
    const done = await this.#decide.run(() => api.decideOrphan(orphan.id, what));
    if (!done) return;
    this.#close();
    say(what === "adopt" ? `${orphan.name} is adopted` : `${orphan.name} is being destroyed`);
    await this.#found.load();
  };

  override render() {
    const { orphans, unread } = this.#found.value ?? {};
    return html`<div class="actions">
        <button type="button" ?disabled=${this.#found.busy} @click=${() => void this.#found.load()}>
          Look again<span class="hidden"> for orphans</span></button>
      </div>
      ${problemNotice(this.#found.problem, () => void this.#found.load())}
      ${unread ? unreadNotice(unread) : nothing}
      ${
        orphans?.length
          ? html`<ul class="rows">${orphans.map((orphan) => this.#row(orphan))}</ul>`
          : orphans
            ? html`<p class="soft">None: a machine of the registry explains everything that was found.</p>`
            : nothing
      }
      <vmc-dialog heading=${this.asking?.what === "adopt" ? "Adopt this machine?" : "Destroy this now?"}
        .open=${this.asking !== null} .content=${() => (this.asking ? this.#question(this.asking) : nothing)}
        @dismiss=${this.#close}></vmc-dialog>`;
  }

  #row(orphan: Orphan) {
    return html`<li data-testid="orphan">
      <strong>${orphan.name}</strong>
      <span class="soft">${capital(orphan.kind)}${orphan.zone ? ` in ${orphan.zone}` : ""} · ${orphan.because}${
        orphan.created_at ? ` · made ${moment(orphan.created_at)}` : ""
      }</span>
      <span class="actions">
        ${
          orphan.adoptable
            ? html`<button type="button" @click=${this.#ask(orphan, "adopt")}>
              Adopt<span class="hidden"> ${orphan.name}</span></button>`
            : nothing
        }
        <button class="danger" type="button" @click=${this.#ask(orphan, "destroy")}>
          Destroy<span class="hidden"> ${orphan.kind} ${orphan.name}</span></button>
      </span>
    </li>`;
  }

  #question(asking: Asking) {
    const { orphan, what } = asking;
    return html`${
      what === "adopt"
        ? html`<p><strong>${orphan.name}</strong> becomes a machine of the owner that its label names, and ends
          ${orphan.end ? moment(orphan.end) : ""}. Its price up to then is approved with it.</p>`
        : html`<p>The ${orphan.kind} <strong>${orphan.name}</strong> is destroyed, with everything on it. This cannot be
          undone.</p>`
    }
      ${problemNotice(this.#decide.problem)}
      <div class="actions">
        <button type="button" autofocus @click=${this.#close}>Leave it</button>
        <button class=${what === "adopt" ? "primary" : "danger solid"} type="button" data-testid="confirm-orphan"
          ?disabled=${this.#decide.busy} @click=${() => this.#confirmed(asking)}>
          ${what === "adopt" ? "Adopt it" : "Destroy it for good"}</button>
      </div>`;
  }
}

import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Orphan } from "../api/admin-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import { capital, count } from "../format/words";
import "../parts/dialog";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { Action, Loaded, View } from "../view";
import { unreadNotice } from "./unread";

type Asking = { orphan: Orphan; what: "destroy" | "adopt" };

/** What the cloud has and no machine of the registry explains: left to its end, destroyed sooner, or adopted. Fires `decided`. */
@customElement("vmc-orphans")
export class Orphans extends View {
  @state() private asking: Asking | null = null;
  #found = new Loaded(this, api.orphans);
  #decide = new Action(this);

  /** Look again at what is there. */
  look(): Promise<void> {
    return this.#found.load();
  }

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
    this.dispatchEvent(new Event("decided"));
    await this.look();
  };

  override render() {
    const { orphans, unread } = this.#found.value ?? {};
    return html`<div class="actions">
        <button type="button" ?disabled=${this.#found.busy} @click=${() => void this.look()}>
          Look again<span class="hidden"> for orphans</span></button>
      </div>
      ${problemNotice(this.#found.problem, () => void this.look())}
      ${unread ? unreadNotice(unread) : nothing}
      ${orphans ? this.#listed(orphans) : nothing}
      <vmc-dialog heading=${this.asking?.what === "adopt" ? "Adopt this machine?" : "Destroy this now?"}
        .open=${this.asking !== null} .content=${() => (this.asking ? this.#question(this.asking) : nothing)}
        @dismiss=${this.#close}></vmc-dialog>`;
  }

  /** What is held back is in the list of its hold, with the same ways to decide. */
  #listed(orphans: Orphan[]) {
    const shown = orphans.filter((orphan) => orphan.action !== "hold");
    const held = orphans.length - shown.length;
    return html`${shown.length ? html`<ul class="rows">${shown.map((orphan) => this.#row(orphan))}</ul>` : nothing}
      ${held ? html`<p class="soft">${count(held, "orphan")} held back: decide in the list at the top.</p>` : nothing}
      ${
        orphans.length
          ? nothing
          : html`<p class="soft">None: a machine of the registry explains everything that was found.</p>`
      }`;
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

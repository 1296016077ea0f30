import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import type { DeadLetter } from "../api/admin-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import { count } from "../format/words";
import { say } from "../parts/notices";
import { Pages } from "../parts/pages";
import { problemNotice } from "../parts/problem";
import { Action, View } from "../view";

const KINDS: Record<DeadLetter["kind"], string> = {
  wake: "Wake-up",
  look: "Task",
  live: "Live view",
  mail: "Mail",
  hook: "Webhook",
};

/** Messages that were given up: what they were for and why, to be sent again or let go of. */
@customElement("vmc-dead-letters")
export class DeadLetters extends View {
  #open = new Pages<DeadLetter>(this, async (page) => {
    const answer = await api.deadLetters(page);
    return { items: answer.dead_letters, next: answer.next_page_token };
  });
  #decide = new Action(this);

  #decided = async (letter: DeadLetter, what: "replay" | "drop"): Promise<void> => {
    const done = await this.#decide.run(() => api.decideDeadLetter(letter.id, what));
    if (!done) return;
    this.#open.replace((other) => other.id === letter.id, null);
    say(what === "replay" ? "Sent again" : "Dropped");
  };

  override render() {
    return html`${problemNotice(this.#decide.problem)}
      <ul class="rows">${this.#open.items.map((letter) => this.#row(letter))}</ul>
      ${this.#open.known && !this.#open.items.length ? html`<p class="soft">None.</p>` : nothing} ${this.#open.foot()}`;
  }

  #row(letter: DeadLetter) {
    const name = `${KINDS[letter.kind]} for ${letter.vm ?? "no machine"}`;
    return html`<li data-testid="dead-letter">
      <strong>${KINDS[letter.kind]} for ${letter.vm ? html`<a href="/vms/${letter.vm}">${letter.vm}</a>` : "no machine"}</strong>
      <span class="soft">${moment(letter.at)} · ${letter.reason} · tried ${count(letter.attempts, "time")}</span>
      <span class="actions">
        ${
          letter.replayable
            ? html`<button type="button" ?disabled=${this.#decide.busy} @click=${() => this.#decided(letter, "replay")}>
              Replay<span class="hidden"> ${name}</span></button>`
            : nothing
        }
        <button class="danger quiet" type="button" ?disabled=${this.#decide.busy}
          @click=${() => this.#decided(letter, "drop")}>Drop<span class="hidden"> ${name}</span></button>
      </span>
    </li>`;
  }
}

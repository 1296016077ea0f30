import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Difference } from "../api/admin-documents";
import * as api from "../api/calls";
import { Problem } from "../api/client";
import type { Quote } from "../api/documents";
import { money } from "../format/money";
import { moment } from "../format/time";
import { capital } from "../format/words";
import "../parts/dialog";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { Action, Loaded, View } from "../view";

type Decision = Difference["decisions"][number];
type Asking = { item: Difference; what: Decision; total: string };

const WORDS: Record<Decision, string> = {
  adopt: "Adopt",
  destroy: "Destroy",
  "take-end": "Take that end",
  "take-machine": "Take that machine",
};

/** After a restored backup: what the database has lost, and what becomes of it. Nothing is shown while nothing is held. Fires `decided`. */
@customElement("vmc-restored")
export class Restored extends View {
  @state() private asking: Asking | null = null;
  @state() private going = false;
  #found = new Loaded(this, async () => (await api.hold()).hold);
  #decide = new Action(this);

  /** Look again at what is held. */
  look(): Promise<void> {
    return this.#found.load();
  }

  #close = (): void => {
    this.asking = null;
    this.going = false;
    this.#decide.clear();
  };

  #confirmed = async (asking: Asking): Promise<void> => {
    const done = await this.#decide.run(() => this.#send(asking));
    if (!done) return;
    this.#close();
    say(`${asking.item.name}: decided`);
    this.dispatchEvent(new Event("decided"));
    await this.look();
  };

  /** A dearer life than is approved is answered with its price, which is then to be approved. */
  async #send({ item, what, total }: Asking): Promise<unknown> {
    if (what === "take-machine") return api.takeMachine(item.name);
    if (what !== "take-end")
      return item.kind === "vm" ? api.deleteVm(item.name) : api.decideOrphan(item.id, what);
    try {
      return await api.takeEnd(item.name, total);
    } catch (error) {
      if (error instanceof Problem && error.extra.quote)
        this.asking = { item, what, total: (error.extra.quote as Quote).total };
      throw error;
    }
  }

  #goOn = async (seen: string): Promise<void> => {
    const done = await this.#decide.run(() => api.goOn(seen));
    if (done) {
      this.#close();
      say("The platform goes on");
      this.dispatchEvent(new Event("decided"));
    }
    await this.look();
  };

  override render() {
    const hold = this.#found.value;
    if (!hold) return problemNotice(this.#found.problem, () => void this.look());
    return html`<section class="card" data-testid="restored">
      <h2>${hold.lost_seals ? "A backup was restored" : "Too much was to be destroyed"}</h2>
      <p>Found ${moment(hold.raised_at)}: ${
        hold.lost_seals
          ? html`records ${hold.lost_seals.from} to ${hold.lost_seals.to} of the audit are not in this database. Until you
              have seen this list, no orphan is destroyed, and no machine ends that says it has more time.`
          : "more came to its end at once that no machine of the registry explains than goes unseen. " +
            "Until you have seen this list, nothing of it is destroyed; everything else ends as usual."
      }</p>
      ${
        hold.items.length
          ? html`<ul class="rows">${hold.items.map((item) => this.#row(item))}</ul>`
          : html`<p class="soft">Nothing in the cloud differs from the database.</p>`
      }
      <div class="actions">
        <button type="button" ?disabled=${this.#found.busy} @click=${() => void this.look()}>
          Look again<span class="hidden"> for what was lost</span></button>
        <button class="primary" type="button" data-testid="go-on" @click=${() => {
          this.going = true;
        }}>I have seen it: go on</button>
      </div>
      <vmc-dialog heading=${this.going ? "Go on?" : "Decide"} .open=${this.going || this.asking !== null}
        .content=${() => this.#question(hold.seen, hold.items.length)} @dismiss=${this.#close}></vmc-dialog>
    </section>`;
  }

  #row(item: Difference) {
    return html`<li data-testid="difference">
      <strong>${item.name}</strong>
      <span class="soft">${capital(item.kind === "vm" ? "machine of the registry" : item.kind)}${
        item.zone ? ` in ${item.zone}` : ""
      } · ${item.because}</span>
      <span class="actions">${item.decisions.map(
        (what) =>
          html`<button class=${what === "destroy" ? "danger" : ""} type="button" @click=${() => {
            this.asking = { item, what, total: item.approved_total ?? "0" };
          }}>${WORDS[what]}<span class="hidden"> ${item.kind} ${item.name}</span></button>`,
      )}</span>
    </li>`;
  }

  #question(seen: string, count: number) {
    const { asking } = this;
    const confirm = asking ? () => this.#confirmed(asking) : () => this.#goOn(seen);
    return html`${asking ? this.#consequence(asking) : this.#letGo(count)}
      ${problemNotice(this.#decide.problem)}
      <div class="actions">
        <button type="button" autofocus @click=${this.#close}>Leave it</button>
        <button class=${asking?.what === "destroy" ? "danger solid" : "primary"} type="button"
          data-testid="confirm-restored" ?disabled=${this.#decide.busy} @click=${confirm}>
          ${asking ? this.#label(asking) : "Go on"}</button>
      </div>`;
  }

  #label({ item, what, total }: Asking): string {
    const dearer = what === "take-end" && total !== item.approved_total;
    return dearer ? `Approve up to ${money(total, "USD")} in all` : WORDS[what];
  }

  #letGo(count: number) {
    return count
      ? html`<p>What is still in the list goes its usual way: what no machine of the registry explains is destroyed at the
        end that it tells, and each machine of the registry ends when the registry says.</p>`
      : nothing;
  }

  #consequence({ item, what }: Asking) {
    if (what === "destroy")
      return html`<p><strong>${item.name}</strong> is destroyed, with everything on it. This cannot be undone.</p>`;
    if (what === "take-end")
      return html`<p><strong>${item.name}</strong> then ends ${item.end ? moment(item.end) : ""}
        instead of ${item.row_end ? moment(item.row_end) : "its row's end"}.</p>`;
    if (what === "take-machine" && item.what === "other_type")
      return html`<p><strong>${item.name}</strong> is from now on what its machine is. Its price up to its end is approved
        with it.</p>`;
    if (what === "take-machine")
      return html`<p>The machine in the cloud is taken for <strong>${item.name}</strong>'s own: its lease counts from that
        machine's start.</p>`;
    return html`<p><strong>${item.name}</strong> becomes a machine of the owner that its label names, and ends
      ${item.end ? moment(item.end) : ""}. Its price up to then is approved with it.</p>`;
  }
}

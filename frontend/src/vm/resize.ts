import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import { Problem } from "../api/client";
import type { Quote, Spec, Vm } from "../api/documents";
import { Intent } from "../api/intent";
import { WithCatalog } from "../catalog";
import { dearer, money } from "../format/money";
import { amountBars } from "../parts/amount-bars";
import { problemNotice } from "../parts/problem";
import { Pricing } from "../pricing";
import { machineField } from "../request/machine-field";
import { session } from "../session";
import { Action, View } from "../view";
import { consequences } from "./consequences";

type Size = Pick<Spec, "machine_type" | "disk_gib">;

/** Another machine type or a larger disk: what its whole life then costs, what that brings about, and the approval. */
@customElement("vmc-resize")
export class Resize extends View {
  @property({ attribute: false }) vm!: Vm;
  /** The machine type to begin with, where one was advised. */
  @property() advised: string | null = null;
  @state() private size: Size | null = null;
  #pricing = new Pricing(this, () => this.vm.name);
  #resize = new Action(this);
  #intent = new Intent();

  constructor() {
    super();
    new WithCatalog(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.advised) this.#choose({ machine_type: this.advised });
  }

  /** As chosen so far; as it is, before anything was. */
  get #chosen(): Size {
    return this.size ?? this.vm.spec;
  }

  get #changed(): boolean {
    const { machine_type, disk_gib } = this.#chosen;
    return machine_type !== this.vm.spec.machine_type || disk_gib !== this.vm.spec.disk_gib;
  }

  #spec(): Spec {
    const { machine_type, disk_gib } = this.#chosen;
    return { ...this.vm.spec, machine_type, disk_gib };
  }

  #choose(part: Partial<Size>): void {
    const { machine_type, disk_gib } = this.#chosen;
    this.size = { machine_type, disk_gib, ...part };
    this.#resize.clear();
    if (this.#changed) this.#pricing.price(this.#spec());
  }

  #grow = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    if (input.reportValidity()) this.#choose({ disk_gib: input.valueAsNumber });
  };

  #approve = async (quote: Quote): Promise<void> => {
    const { machine_type, disk_gib } = this.#chosen;
    const body = { machine_type, disk_gib, approved_total: dearer(quote.total, this.vm.approved_total) };
    const done = await this.#resize.run(() => this.#send(body));
    if (done?.result) this.dispatchEvent(new CustomEvent<Vm>("changed", { detail: done.result }));
  };

  /** The VM; when its price had moved, the new one is shown and the refusal told. */
  async #send(body: Size & { approved_total: string }): Promise<Vm> {
    try {
      return await this.#intent.run(body, (key) => api.resize(this.vm.name, body, key));
    } catch (error) {
      if (error instanceof Problem && error.extra.quote)
        this.#pricing.start(this.#spec(), error.extra.quote as Quote);
      throw error;
    }
  }

  override render() {
    const { spec } = this.vm;
    const { busy, problem } = this.#pricing;
    const quote = this.#changed ? this.#pricing.quote : null;
    return html`<div class="field">
        <label for="spec-machine_type">Machine type</label>
        ${machineField(this.#chosen.machine_type, session.catalog, (machine_type) => this.#choose({ machine_type }))}
      </div>
      <div class="field">
        <label for="resize-disk">Disk, GiB (it only grows)</label>
        <input id="resize-disk" type="number" required step="1" min=${spec.disk_gib} max="65536"
          .value=${String(this.#chosen.disk_gib)} @change=${this.#grow} />
      </div>
      ${quote ? this.#outcome(quote) : nothing}
      ${this.#changed ? problemNotice(problem, problem?.unsettled ? this.#pricing.again : undefined) : nothing}
      ${problemNotice(this.#resize.problem)}
      <div class="actions">
        <button type="button" @click=${() => this.dispatchEvent(new Event("dismiss"))}>Leave it</button>
        <button class="primary" type="button" data-testid="approve-resize"
          ?disabled=${!quote || busy || problem !== null || this.#resize.busy}
          @click=${() => quote && this.#approve(quote)}>
          ${quote && !busy ? `Approve up to ${money(dearer(quote.total, this.vm.approved_total), quote.currency)} in all` : this.#changed && busy ? "Working out the price…" : "Approve"}
        </button>
      </div>`;
  }

  #outcome(quote: Quote) {
    const { vm } = this;
    const bars = [
      { what: html`Whole life as it is`, amount: vm.quote.total },
      { what: html`Whole life after it`, amount: quote.total },
    ];
    return html`<div class="outcome ${this.#pricing.busy ? "stale" : ""}" role="status">
      ${amountBars(bars, quote.currency, dearer(vm.quote.total, quote.total))}
      <p>From then on ${money(quote.hourly, quote.currency)} an hour while it runs.</p>
      ${consequences(quote)}
    </div>`;
  }
}

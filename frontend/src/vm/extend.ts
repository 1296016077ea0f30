import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import { Problem } from "../api/client";
import type { Quote, Spec, Vm } from "../api/documents";
import { Intent } from "../api/intent";
import { dearer, money } from "../format/money";
import { durationInWords, moment, parseDuration, writeDuration } from "../format/time";
import { problemNotice } from "../parts/problem";
import { Pricing } from "../pricing";
import "../request/duration-field";
import { Action, View } from "../view";
import { consequences } from "./consequences";

const USUAL = ["30m", "1h", "4h", "1d"];

/** More time for a machine: how much, what its whole life then costs, and the approval of that. */
@customElement("vmc-extend")
export class Extend extends View {
  @property({ attribute: false }) vm!: Vm;
  @state() private by = "1h";
  #pricing = new Pricing(this, () => this.vm.name);
  #extend = new Action(this);
  #intent = new Intent();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#pricing.price(this.#longer(), 0);
  }

  /** Its spec with the longer lease: what the whole life is priced by. */
  #longer(): Spec {
    const minutes = (parseDuration(this.vm.spec.duration) ?? 0) + (parseDuration(this.by) ?? 0);
    return { ...this.vm.spec, duration: writeDuration(minutes) };
  }

  #choose = (event: CustomEvent<string>): void => {
    this.by = event.detail;
    this.#extend.clear();
    this.#pricing.price(this.#longer());
  };

  #approve = async (quote: Quote): Promise<void> => {
    const body = { by: this.by, approved_total: dearer(quote.total, this.vm.approved_total) };
    const done = await this.#extend.run(() => this.#send(body));
    if (done?.result) this.dispatchEvent(new CustomEvent<Vm>("changed", { detail: done.result }));
  };

  /** The VM, or null when its price had moved: the new one is shown. */
  async #send(body: { by: string; approved_total: string }): Promise<Vm | null> {
    try {
      return await this.#intent.run(body, (key) => api.extend(this.vm.name, body, key));
    } catch (error) {
      if (error instanceof Problem && error.extra.quote)
        this.#pricing.start(this.#longer(), error.extra.quote as Quote);
      throw error;
    }
  }

  override render() {
    const { quote, busy, problem } = this.#pricing;
    const end = Date.parse(this.vm.expires_at ?? "") + (parseDuration(this.by) ?? 0) * 60_000;
    return html`<p>It ends ${moment(this.vm.expires_at ?? "")} as it stands.</p>
      <vmc-duration-field label="By how much" .usual=${USUAL} .value=${this.by} @change=${this.#choose}></vmc-duration-field>
      <div class="outcome ${busy ? "stale" : ""}" role="status">
        <p>Then it ends <strong>${moment(new Date(end).toISOString())}</strong>, after ${durationInWords(this.#longer().duration)} in all.</p>
        ${
          quote && !problem
            ? html`<p>Its whole life then costs <strong class="figure">${money(quote.total, quote.currency)}</strong>
              <span class="soft">instead of ${money(this.vm.quote.total, this.vm.currency)}.</span></p>
              ${consequences(quote)}`
            : nothing
        }
      </div>
      ${problemNotice(problem, problem?.unsettled ? this.#pricing.again : undefined)} ${problemNotice(this.#extend.problem)}
      <div class="actions">
        <button type="button" @click=${() => this.dispatchEvent(new Event("dismiss"))}>Leave it</button>
        <button class="primary" type="button" data-testid="approve-extension"
          ?disabled=${!quote || busy || problem !== null || this.#extend.busy}
          @click=${() => quote && this.#approve(quote)}>
          ${busy ? "Working out the price…" : quote && !problem ? `Approve up to ${money(dearer(quote.total, this.vm.approved_total), quote.currency)} in all` : "Approve"}
        </button>
      </div>`;
  }
}

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import { Problem } from "../api/client";
import type { Alternative, Quote, Spec, Suggestion, Vm } from "../api/documents";
import { Intent } from "../api/intent";
import { now } from "../clock";
import { money } from "../format/money";
import { durationInWords, moment } from "../format/time";
import { isWindows } from "../format/words";
import { costBar } from "../parts/cost-bar";
import { ceilingTotal, priceBars } from "../parts/price-bars";
import { problemNotice } from "../parts/problem";
import { Pricing } from "../pricing";
import { session, WatchSession } from "../session";
import { Action, View } from "../view";
import { alternatives } from "./alternatives";
import { idleField, OFF } from "./idle-field";
import "./login-key";
import type { LoginKey } from "./login-key";
import "./spec-form";

/** The suggested machine under review: every field editable and re-priced, then approved up to a ceiling. */
@customElement("vmc-review")
export class Review extends View {
  @property({ attribute: false }) suggestion!: Suggestion;
  @property({ attribute: false }) spec!: Spec;
  /** The region whose price is the ceiling; null for the dearest eligible. */
  @state() private ceiling: string | null = null;
  @state() private repriced = false;
  #pricing = new Pricing(this);
  #approve = new Action(this);
  #intent = new Intent();

  constructor() {
    super();
    new WatchSession(this);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("suggestion")) return;
    const { spec, quote } = this.suggestion;
    const untouched = JSON.stringify(spec) === JSON.stringify(this.spec);
    if (quote && untouched && Date.parse(quote.valid_until) > now()) this.#pricing.start(this.spec, quote);
    else this.#pricing.price(this.spec, 0);
  }

  #edit(spec: Spec, quote?: Quote): void {
    this.repriced = false;
    this.#approve.clear();
    if (quote) this.#pricing.start(spec, quote);
    else this.#pricing.price(spec);
    this.dispatchEvent(new CustomEvent<Spec>("edited", { detail: spec }));
  }

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const quote = this.#pricing.quote;
    if (!quote || this.#pricing.busy) return;
    const approval: api.Approval = {
      suggestion_id: this.suggestion.id,
      spec: this.spec,
      approved_total: ceilingTotal(quote, this.ceiling),
    };
    const idle = new FormData(event.target as HTMLFormElement).get("idle_stop");
    if (idle !== null && idle !== session.me?.preferences.idle_stop) approval.idle_stop = String(idle);
    const key = this.querySelector<LoginKey>("vmc-login-key")?.publicKey();
    if (key) approval.ssh_public_key = key;
    const done = await this.#approve.run(() => this.#send(approval));
    if (done?.result) this.dispatchEvent(new CustomEvent<Vm>("approved", { detail: done.result }));
  };

  /** Enter in a field ends its edit; only the button approves. */
  #endEdit = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
  };

  /** The VM; or null when the price had moved: the new one is then shown, and asked about again. */
  async #send(approval: api.Approval): Promise<Vm | null> {
    try {
      return await this.#intent.run(approval, (key) => api.approve(approval, key));
    } catch (error) {
      if (!(error instanceof Problem && error.extra.quote)) throw error;
      this.#pricing.start(this.spec, error.extra.quote as Quote);
      this.repriced = true;
      return null;
    }
  }

  override render() {
    return html`<form class="review" @submit=${this.#submit} @keydown=${this.#endEdit}>
      <div class="fields">
        <vmc-spec-form
          .spec=${this.spec}
          .original=${this.suggestion.spec ?? this.spec}
          .reasons=${this.suggestion.reasons}
          .catalog=${session.catalog}
          .problems=${this.#pricing.problem?.fields ?? []}
          @edit=${(event: CustomEvent<Spec>) => this.#edit(event.detail)}
        ></vmc-spec-form>
        ${isWindows(this.spec) ? nothing : html`<vmc-login-key></vmc-login-key>`}
        ${this.spec.gpu ? nothing : whenIdle(session.me?.preferences.idle_stop ?? OFF)}
        ${alternatives(this.suggestion.alternatives, (chosen: Alternative) => this.#edit(chosen.spec, chosen.quote))}
      </div>
      ${this.#priceBar()}
      <aside class="card offer" id="offer" aria-label="Price">${this.#offer()}</aside>
    </form>`;
  }

  /** On a phone, where the price is below the fields: the sum, and the way to it. */
  #priceBar() {
    const { quote } = this.#pricing;
    if (!quote) return nothing;
    return html`<a class="price-bar" href="#offer">
      <span class="figure">${money(quote.total, quote.currency)}</span> <span>See the price ↓</span>
    </a>`;
  }

  #offer() {
    const { quote, problem, busy } = this.#pricing;
    return html`${problemNotice(problem, problem?.unsettled ? this.#pricing.again : undefined)}
      ${
        quote
          ? html`<div class=${busy || problem ? "stale" : ""} aria-busy=${busy}>${this.#price(quote)}</div>
            ${this.#closing(quote)}`
          : problem
            ? nothing
            : html`<div class="skeleton"><span></span><span></span><span></span></div>`
      }`;
  }

  #price(quote: Quote) {
    return html`<p class="total">
        <strong class="figure" data-testid="total">${money(quote.total, quote.currency)}</strong>
        <span class="soft">for ${durationInWords(this.spec.duration)} · ${money(quote.hourly, quote.currency)} an hour</span>
      </p>
      ${savingLine(quote)} ${costBar(quote.lines, quote.currency)}
      ${priceBars(quote, session.catalog, {
        region: this.ceiling,
        choose: (region) => {
          this.ceiling = region;
        },
      })}`;
  }

  /** What one agrees to, and the button that does it. */
  #closing(quote: Quote) {
    const { busy, problem } = this.#pricing;
    const ceiling = money(ceilingTotal(quote, this.ceiling), quote.currency);
    const says = this.#approve.busy
      ? "Approving…"
      : busy
        ? "Working out the price…"
        : `Approve up to ${ceiling}`;
    return html`<div class="closing">
      ${terms(quote)} ${this.spec.spot ? spotConsent() : nothing}
      ${
        this.repriced
          ? html`<p class="notice warn" role="alert">The price had to be worked out again. Nothing was made: look at the
            new price, and approve it if it suits you.</p>`
          : nothing
      }
      ${problemNotice(this.#approve.problem)}
      <button class="primary wide" data-testid="approve" ?disabled=${busy || problem !== null || this.#approve.busy}>
        ${says}
      </button>
    </div>`;
  }
}

/** Against the usual choice, as it is: less, the same, or more. */
function savingLine(quote: Quote): TemplateResult | typeof nothing {
  if (!quote.saving) return nothing;
  const { against, total } = quote.saving;
  const percent = Math.round(Number(quote.saving.percent));
  if (percent <= 0) {
    const says = percent < 0 ? `${-percent} % more than` : "The same as";
    return html`<p class="soft">${says} the usual choice, ${against}.</p>`;
  }
  return html`<p class="saving"><strong>${percent} % less</strong> than the usual choice, ${against}:
    ${money(total, quote.currency)} saved.</p>`;
}

function whenIdle(preferred: string): TemplateResult {
  return html`<section class="card">
    ${idleField(preferred, "When nobody uses it")}
    <p class="soft">You are warned before it is stopped. Its disk stays, and is paid for; its end stays where it is.</p>
  </section>`;
}

function terms(quote: Quote): TemplateResult {
  return html`${
    quote.fits_now
      ? nothing
      : html`<p class="notice warn">No allowed region has room for it this minute. The prices by region say why.</p>`
  }
    <ul class="terms">
      <li>At worst until <strong>${moment(quote.worst_case.until)}</strong>, for
        <strong class="figure">${money(quote.worst_case.total, quote.currency)}</strong>: were this whole platform down,
        the machine's own switch ends it then.</li>
      ${quote.not_included.map((item) => html`<li>${item.charAt(0).toUpperCase() + item.slice(1)} is not included.</li>`)}
    </ul>`;
}

function spotConsent(): TemplateResult {
  return html`<label class="check"><input type="checkbox" required data-testid="spot-consent" />
    <span>A spot machine <strong>may be deleted, with its data, at any time</strong>. I accept that.</span></label>`;
}

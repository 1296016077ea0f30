import { faArrowLeft } from "@fortawesome/free-solid-svg-icons/faArrowLeft";
import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import type { Ask } from "../api/calls";
import type { Spec, Suggestion, Vm } from "../api/documents";
import { WithCatalog } from "../catalog";
import { dropDraft, loadDraft, saveDraft } from "../draft";
import { shownZone } from "../format/time";
import { icon } from "../parts/icon";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import "../request/ask";
import type { Asked, AskForm } from "../request/ask";
import { questions } from "../request/questions";
import "../request/review";
import { understood, understoodSoFar } from "../request/understood";
import { NOTHING_YET, suggestLive, type Unfolding } from "../request/unfolding";
import { go } from "../router";
import { session } from "../session";
import { Action, View } from "../view";

/** From a sentence to an approved machine: ask, read the suggestion and its reasons, edit, approve. */
@customElement("vmc-request")
export class Request extends View {
  @state() private draft = loadDraft();
  @state() private known: Unfolding = NOTHING_YET;
  @state() private asked = "";
  #suggest = new Action(this);
  #abort = new AbortController();

  constructor() {
    super();
    new WithCatalog(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#abort.abort();
  }

  #keep(change: Partial<typeof this.draft>): void {
    this.draft = { ...this.draft, ...change };
    saveDraft(this.draft);
  }

  #typed = (event: Event): void => {
    if (event.target instanceof HTMLTextAreaElement) this.#keep({ text: event.target.value });
  };

  #ask = async (event: CustomEvent<Asked>): Promise<void> => {
    const { text, useModel, refines } = event.detail;
    this.#abort = new AbortController();
    const ask: Ask = { request: text, timezone: shownZone(), locale: navigator.language };
    if (refines) ask.refines = refines;
    if (!useModel) ask.use_model = false;
    this.known = NOTHING_YET;
    this.asked = this.#whole(text, refines);
    const heard = (known: Unfolding) => {
      this.known = known;
    };
    const done = await this.#suggest.run(() => suggestLive(ask, this.#abort.signal, heard));
    if (!done) return;
    this.#keep({ suggestion: done.result, spec: done.result.spec });
    await this.updateComplete;
    const heading = this.querySelector<HTMLElement>("#suggestion");
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView({ block: "start" });
  };

  /** The text that an analysis speaks of: a refinement's stands after what it refines, as the server joins them. */
  #whole(text: string, refines: string | null): string {
    const former = this.draft.suggestion;
    return refines && former?.id === refines ? `${former.request}\n» ${text}` : text;
  }

  #approved = (event: CustomEvent<Vm>): void => {
    dropDraft();
    void session.refresh().catch(() => {});
    say(`${event.detail.name} is requested`);
    go(`/vms/${event.detail.name}`);
  };

  #startAgain = (): void => {
    this.#suggest.clear();
    this.#keep({ suggestion: null, spec: null });
  };

  override render() {
    const { suggestion, text } = this.draft;
    return html`<section class="request">
      ${
        suggestion
          ? html`<button class="quiet back" type="button" @click=${this.#startAgain}>
              ${icon(faArrowLeft)} Ask for something else
            </button>
            ${this.#answer(suggestion)}`
          : html`<h1 tabindex="-1">What do you need?</h1>
            <p class="lead">In your own words, in any language. You see the price before anything is made.</p>
            <vmc-ask
              .text=${text}
              .busy=${this.#suggest.busy}
              @input=${this.#typed}
              @ask=${this.#ask}
            ></vmc-ask>
            ${this.#suggest.busy ? this.#progress() : problemNotice(this.#suggest.problem)}`
      }
      <p class="hidden" role="status" aria-live="polite">${this.#stage()}</p>
    </section>`;
  }

  #answer(suggestion: Suggestion) {
    const titles = {
      suggested: "Here is what fits",
      clarify: "One more thing",
      refused: "This cannot be made",
    };
    const { busy, problem } = this.#suggest;
    const asking = suggestion.outcome === "clarify";
    return html`<h1 id="suggestion" tabindex="-1">${titles[suggestion.outcome]}</h1>
      ${understood(suggestion)}
      ${questions(suggestion.questions, busy, (text) => this.querySelector<AskForm>("vmc-ask")?.send(text))}
      ${suggestion.outcome === "refused" ? nothing : this.#refine(suggestion)}
      ${busy ? this.#progress() : problemNotice(problem)}
      ${asking ? html`<h2>The best guess so far</h2>` : nothing} ${this.#review(suggestion)}`;
  }

  #refine(suggestion: Suggestion) {
    return keyed(
      suggestion.id,
      html`<vmc-ask compact .refines=${suggestion.id} .busy=${this.#suggest.busy} @ask=${this.#ask}
        ?answering=${suggestion.outcome === "clarify"}></vmc-ask>`,
    );
  }

  #review(suggestion: Suggestion) {
    const spec = this.draft.spec ?? suggestion.spec;
    if (!spec || !suggestion.quote) return nothing;
    return keyed(
      suggestion.id,
      html`<vmc-review
        .suggestion=${suggestion}
        .spec=${spec}
        @edited=${(event: CustomEvent<Spec>) => this.#keep({ spec: event.detail })}
        @approved=${this.#approved}
      ></vmc-review>`,
    );
  }

  /** What is known so far, with a way out. */
  #progress() {
    return html`${this.known.analysis ? understoodSoFar(this.asked, this.known) : nothing}
      <div class="working">
        <span class="soft" aria-hidden="true">${this.#stage()}</span>
        <button class="quiet" type="button" data-testid="stop" @click=${() => this.#abort.abort()}>Stop</button>
      </div>
      <div class="skeleton" aria-hidden="true"><span></span><span></span><span></span></div>`;
  }

  /** How far it has come, in words: this alone is read out, since an explanation that grows would be noise. */
  #stage(): string {
    if (!this.#suggest.busy) return "";
    if (!this.known.analysis) return "Reading the request…";
    return this.known.explanation ? "The model explains…" : "Working out a machine…";
  }
}

import { faWandMagicSparkles } from "@fortawesome/free-solid-svg-icons/faWandMagicSparkles";
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { icon } from "../parts/icon";
import { session, WatchSession } from "../session";
import { View } from "../view";
import { letModel, mayUseModel } from "./model-choice";

/** What `ask` carries: the words, whether the model may see them, and the suggestion that they change, if any. */
export interface Asked {
  text: string;
  useModel: boolean;
  refines: string | null;
}

const EXAMPLES = [
  "I need a Python Django development server with PostgreSQL and Redis",
  "A GPU machine to fine-tune a small language model, for 6 hours, as cheap as it gets",
  "Windows Server for testing .NET, near London, until tonight",
];

/** Where the words go: the first request in full, or (compact) a change to a suggestion. */
@customElement("vmc-ask")
export class AskForm extends View {
  @property() text = "";
  @property({ type: Boolean }) busy = false;
  @property({ type: Boolean }) compact = false;
  /** Compact, and something was asked back: the words are an answer. */
  @property({ type: Boolean }) answering = false;
  @property({ attribute: false }) refines: string | null = null;
  @state() private useModel = mayUseModel();

  constructor() {
    super();
    new WatchSession(this);
  }

  /** Ask with these words. */
  send(text: string): void {
    if (!text || this.busy) return;
    const useModel = this.useModel && Boolean(session.health?.model);
    this.dispatchEvent(new CustomEvent<Asked>("ask", { detail: { text, useModel, refines: this.refines } }));
  }

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const area = this.querySelector("textarea");
    if (!area) return;
    // Spaces alone satisfy `required`; without them the browser says that something is missing.
    if (!area.value.trim()) area.value = "";
    if (area.reportValidity()) this.send(area.value.trim());
  };

  #sendOnEnter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(this.compact || event.metaKey || event.ctrlKey) || event.shiftKey) return;
    if (event.isComposing) return;
    event.preventDefault();
    (event.target as HTMLTextAreaElement).form?.requestSubmit();
  };

  override render() {
    const says = this.#says();
    return html`<form class="ask ${this.compact ? "compact" : ""}" @submit=${this.#submit}>
      <label class="field">${this.compact ? says.label : html`<span class="hidden">${says.label}</span>`}
        <textarea
          name="request"
          rows=${this.compact ? 1 : 4}
          maxlength="4000"
          required
          placeholder=${says.hint}
          data-testid=${this.compact ? "refine-text" : "request-text"}
          .value=${this.text}
          @keydown=${this.#sendOnEnter}
        ></textarea>
      </label>
      <button class=${this.compact ? "" : "primary"} ?disabled=${this.busy}
        data-testid=${this.compact ? "refine" : "suggest"}>
        ${icon(faWandMagicSparkles)} ${this.busy ? "Working it out…" : says.send}
      </button>
      ${this.#modelNotice()} ${this.compact ? nothing : this.#examples()}
    </form>`;
  }

  #says() {
    if (this.answering) return { label: "Your answer", hint: "Or in your own words…", send: "Answer" };
    if (this.compact)
      return { label: "Change it in words", hint: "Make it smaller, keep it for a day…", send: "Change" };
    return { label: "Your request", hint: "A machine that…", send: "Suggest a machine" };
  }

  #modelNotice() {
    const model = session.health?.model;
    if (!model) return nothing;
    return html`<label class="check">
      <input type="checkbox" .checked=${this.useModel}
        @change=${(event: Event) => {
          this.useModel = (event.target as HTMLInputElement).checked;
          letModel(this.useModel);
        }} />
      <span>Use the model. <span class="soft">The text then goes to its provider (${model}); without it, rules alone answer.</span></span>
    </label>`;
  }

  #examples() {
    const use = (example: string) => {
      this.text = example;
      const area = this.querySelector("textarea");
      if (!area) return;
      area.value = example;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    };
    return html`<div class="examples">
      <span class="soft" id="examples">For example</span>
      <ul aria-labelledby="examples">
        ${EXAMPLES.map(
          (example) =>
            html`<li><button class="chip" type="button" @click=${() => use(example)}>${example}</button></li>`,
        )}
      </ul>
    </div>`;
  }
}

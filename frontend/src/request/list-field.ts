import { faXmark } from "@fortawesome/free-solid-svg-icons/faXmark";
import { html } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { icon } from "../parts/icon";
import { View } from "../view";

const NAME = /^[a-z0-9][a-z0-9+._-]{0,62}$/i;

/** A list of short values as chips: each can be taken off, and another one typed or chosen. Fires `change`. */
@customElement("vmc-list-field")
export class ListField extends View {
  @property() label = "";
  @property() add = "";
  @property({ type: Boolean }) numeric = false;
  @property({ attribute: false }) values: string[] = [];
  @property({ attribute: false }) choices: { id: string; title: string }[] = [];
  @query("input") private input!: HTMLInputElement;

  #change(values: string[]): void {
    this.dispatchEvent(new CustomEvent<string[]>("change", { detail: values }));
  }

  /** Take what was typed; words and titles both name a choice. What is not one is left for the server to judge. */
  #take = (): void => {
    this.input.setCustomValidity("");
    if (!this.input.reportValidity()) return;
    const typed = this.input.value.trim();
    const id = this.choices.find((choice) => choice.title.toLowerCase() === typed.toLowerCase())?.id ?? typed;
    if (!id) return;
    if (!NAME.test(id)) {
      this.input.setCustomValidity("No such name: letters, digits and + . _ - only, or one of the list.");
      this.input.reportValidity();
      return;
    }
    this.input.value = "";
    if (!this.values.includes(id))
      this.#change([...this.values, this.numeric ? String(Number(id)) : id.toLowerCase()]);
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#take();
  };

  #title(value: string): string {
    return this.choices.find((choice) => choice.id === value)?.title ?? value;
  }

  override render() {
    const list = `choices-${this.label.toLowerCase().replace(/\W/g, "-")}`;
    return html`<ul class="chips" aria-label=${this.label}>
        ${this.values.map(
          (value) => html`<li class="chip">
            ${this.#title(value)}
            <button class="icon-only" type="button" aria-label="Remove ${this.#title(value)}"
              @click=${() => this.#change(this.values.filter((other) => other !== value))}>${icon(faXmark)}</button>
          </li>`,
        )}
      </ul>
      <div class="pair">
        <input aria-label=${this.add} placeholder=${this.add} list=${list}
          type=${this.numeric ? "number" : "text"} min="1" max="65535" step="1" autocomplete="off"
          @input=${() => this.input.setCustomValidity("")} @keydown=${this.#key} @change=${(event: Event) => event.stopPropagation()} />
        <button type="button" @click=${this.#take}>Add</button>
      </div>
      <datalist id=${list}>
        ${this.choices
          .filter((choice) => !this.values.includes(choice.id))
          .map((choice) => html`<option value=${choice.id}>${choice.title}</option>`)}
      </datalist>`;
  }
}

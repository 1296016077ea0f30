import { html, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { durationInWords, parseDuration, writeDuration } from "../format/time";
import { View } from "../view";

const USUAL = ["1h", "2h", "8h", "1d", "7d"];
const SHORTEST = 10;
const RULE = "Written like 45m, 3h, 2d12h or 2 days; at least 10 minutes.";

/** A lease's length: usual ones at a press, any other one typed. Fires `change`; what is no length holds its form up. */
@customElement("vmc-duration-field")
export class DurationField extends View {
  @property() value = "2h";
  @property() label = "For how long";
  @property({ attribute: false }) usual = USUAL;
  @state() private wrong = false;
  @query("input") private input!: HTMLInputElement;

  #change(value: string): void {
    this.wrong = false;
    this.dispatchEvent(new CustomEvent<string>("change", { detail: value }));
  }

  #typed = (event: Event): void => {
    event.stopPropagation();
    const minutes = parseDuration((event.target as HTMLInputElement).value);
    if (minutes === null || minutes < SHORTEST) this.wrong = true;
    else this.#change(writeDuration(minutes));
  };

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.input.setCustomValidity(this.wrong ? RULE : "");
  }

  override render() {
    return html`<div class="chips" role="group" aria-label="Usual lengths">
        ${this.usual.map(
          (length) => html`<button class="chip" type="button" aria-pressed=${length === this.value}
            @click=${() => this.#change(length)}>${durationInWords(length)}</button>`,
        )}
      </div>
      <input aria-label=${this.label} .value=${this.wrong ? this.input.value : live(this.value)} aria-invalid=${this.wrong} autocomplete="off"
        aria-describedby="duration-rule" @change=${this.#typed} />
      <p class="why ${this.wrong ? "wrong" : ""}" id="duration-rule" role=${this.wrong ? "alert" : "note"}>
        ${RULE}
      </p>`;
  }
}

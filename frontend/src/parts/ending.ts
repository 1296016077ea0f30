import { faHourglassHalf } from "@fortawesome/free-solid-svg-icons/faHourglassHalf";
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Vm } from "../api/documents";
import { now } from "../clock";
import { moment } from "../format/time";
import { EachSecond, View } from "../view";
import { endsSoon } from "../vm/ends-soon";
import "../vm/extend";
import "./dialog";
import { icon } from "./icon";
import { isMoving } from "./vm-state";

/** The warning that a machine ends soon, with the way to extend it at once. Fires `changed` with the VM as answered. */
@customElement("vmc-ending")
export class Ending extends View {
  @property({ attribute: false }) vm!: Vm;
  /** Whether the person comes to extend it, by a link of a message. */
  @property({ type: Boolean }) asked = false;
  @state() private open = false;

  constructor() {
    super();
    new EachSecond(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.open = this.asked && this.vm.expires_at !== null && !isMoving(this.vm);
  }

  #close = (): void => {
    this.open = false;
  };

  override render() {
    const { vm } = this;
    return html`<div role="status">${
      endsSoon(vm, now())
        ? html`<p class="notice warn" data-testid="ends-soon">
            <span><strong>It ends ${moment(vm.expires_at ?? "")}.</strong> It is deleted then, with everything on it.</span>
            <button type="button" data-testid="extend-now" ?disabled=${isMoving(vm)} @click=${() => {
              this.open = true;
            }}>${icon(faHourglassHalf)} Extend<span class="hidden"> ${vm.name}</span></button>
          </p>`
        : nothing
    }</div>
    <vmc-dialog heading="Extend ${vm.name}" .open=${this.open} @dismiss=${this.#close}
      .content=${() => html`<vmc-extend .vm=${vm} @dismiss=${this.#close} @changed=${this.#changed}></vmc-extend>`}
    ></vmc-dialog>`;
  }

  #changed = (event: CustomEvent<Vm>): void => {
    event.stopPropagation();
    this.#close();
    this.dispatchEvent(new CustomEvent<Vm>("changed", { detail: event.detail }));
  };
}

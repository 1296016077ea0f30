import { html, type PropertyValues } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { View } from "../view";

/**
 * A modal dialog over the page: the browser's own, which keeps the focus and closes on Escape. Fires `dismiss` when
 * the person wants it closed. `content` is rendered only while it is open.
 */
@customElement("vmc-dialog")
export class Dialog extends View {
  @property({ type: Boolean }) open = false;
  /** Whether Escape closes it. */
  @property({ type: Boolean }) dismissable = true;
  @property() heading = "";
  @property({ attribute: false }) content: () => unknown = () => "";
  @query("dialog") private dialog!: HTMLDialogElement;

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("open")) return;
    if (this.open && !this.dialog.open) this.dialog.showModal();
    else if (!this.open && this.dialog.open) this.dialog.close();
  }

  #cancel(event: Event): void {
    event.preventDefault();
    if (this.dismissable) this.dispatchEvent(new Event("dismiss"));
  }

  override render() {
    return html`<dialog aria-label=${this.heading} @cancel=${this.#cancel}>
      ${this.open ? html`<h2>${this.heading}</h2>${this.content()}` : ""}
    </dialog>`;
  }
}

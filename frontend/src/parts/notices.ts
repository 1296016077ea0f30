import { html } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { View } from "../view";

const NOTICE = "vmc-notice";
const SHOWN_FOR = 6_000;

/** Say something in passing, to eyes and to screen readers: "Copied", "django-001 is running". */
export function say(text: string): void {
  window.dispatchEvent(new CustomEvent(NOTICE, { detail: text }));
}

/** Where passing notices appear. The live region is always there: screen readers announce only what changes in one. */
@customElement("vmc-notices")
export class Notices extends View {
  @state() private shown: { id: number; text: string }[] = [];
  #count = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener(NOTICE, this.#add);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener(NOTICE, this.#add);
  }

  #add = (event: Event): void => {
    const id = ++this.#count;
    this.shown = [...this.shown.slice(-2), { id, text: (event as CustomEvent<string>).detail }];
    setTimeout(() => {
      this.shown = this.shown.filter((notice) => notice.id !== id);
    }, SHOWN_FOR);
  };

  override render() {
    return html`<div class="notices" role="status" aria-live="polite">
      ${repeat(
        this.shown,
        (notice) => notice.id,
        (notice) => html`<p class="passing">${notice.text}</p>`,
      )}
    </div>`;
  }
}

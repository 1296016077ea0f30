import { faCopy } from "@fortawesome/free-solid-svg-icons/faCopy";
import { html, type TemplateResult } from "lit";
import { icon } from "./icon";
import { say } from "./notices";

/** A button that puts a text on the clipboard. `what` completes "Copy …" for those who do not see what is beside it. */
export function copyButton(text: string, what: string): TemplateResult {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say(`Copied ${what}`);
    } catch {
      say("The browser refused the clipboard: select the text and copy it by hand.");
    }
  };
  return html`<button class="icon-only" type="button" aria-label="Copy ${what}" title="Copy" @click=${copy}>
    ${icon(faCopy)}
  </button>`;
}

/** A text to copy, shown as code with its button. */
export function copyable(text: string, what: string): TemplateResult {
  return html`<div class="copyable"><code tabindex="0">${text}</code>${copyButton(text, what)}</div>`;
}

import { html, type TemplateResult } from "lit";
import type { Connection } from "../api/stream";

const WORDS: Record<Connection, string> = {
  connecting: "Connecting…",
  live: "Live",
  waiting: "Connection lost: trying again",
  paused: "Paused",
};

/** Whether what is shown is what is: the stream's state as a dot and a word. */
export function connectionSign(connection: Connection): TemplateResult {
  return html`<span class="connection ${connection}" role="status"><span class="dot" aria-hidden="true"></span>${WORDS[connection]}</span>`;
}

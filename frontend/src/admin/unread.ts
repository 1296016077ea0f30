import { html, nothing } from "lit";
import type { Unread } from "../api/admin-documents";
import { capital } from "../format/words";

/** Which lists of the cloud have gaps: what is not shown may be there all the same. */
export function unreadNotice(unread: Unread) {
  const told = Object.entries(unread).map(([kind, code]) => `${kind}s (${code.replaceAll("_", " ")})`);
  return told.length
    ? html`<p data-testid="unread"><strong>Not everything could be read.</strong> ${capital(told.join(", "))}: what is missing
        here is left alone until a sweep can read it.</p>`
    : nothing;
}

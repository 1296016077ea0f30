import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Invitation } from "../api/admin-documents";
import * as api from "../api/calls";
import type { Role } from "../api/documents";
import { moment } from "../format/time";
import { copyable } from "../parts/copy";
import { Pages } from "../parts/pages";
import { problemNotice } from "../parts/problem";
import { Action, View } from "../view";

/** Invitations: a link each, shown once, good for one account. */
@customElement("vmc-invitations")
export class Invitations extends View {
  @state() private fresh: Invitation | null = null;
  #open = new Pages<Invitation>(this, async (page) => {
    const answer = await api.invitations(page);
    return { items: answer.invitations, next: answer.next_page_token };
  });
  #action = new Action(this);

  #invite = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const element = event.target as HTMLFormElement;
    const form = new FormData(element);
    const email = String(form.get("email")).trim() || null;
    const done = await this.#action.run(() => api.invite(email, String(form.get("role")) as Role));
    if (!done) return;
    element.reset();
    this.fresh = done.result;
    this.#open.reload();
  };

  #withdraw = async (invitation: Invitation): Promise<void> => {
    const done = await this.#action.run(() => api.withdrawInvitation(invitation.id));
    if (done) this.#open.replace((other) => other.id === invitation.id, null);
  };

  override render() {
    const link = this.fresh?.link ? new URL(this.fresh.link, location.origin).href : null;
    return html`<form class="edit-row" @submit=${this.#invite} aria-label="Invite">
        <label class="field">Email, or empty for anyone with the link
          <input name="email" type="email" autocomplete="off" />
        </label>
        <label class="field">Role
          <select name="role"><option>user</option><option>auditor</option><option>admin</option></select>
        </label>
        <button ?disabled=${this.#action.busy}>Invite</button>
      </form>
      ${problemNotice(this.#action.problem)}
      ${
        link
          ? html`<div class="secret" role="status"><p><strong>Send this link.</strong> It will not be shown again.</p>
            ${copyable(link, "the link")}</div>`
          : nothing
      }
      <ul class="rows">
        ${this.#open.items.map(
          (invitation) => html`<li>
            <strong>${invitation.email ?? "Anyone with the link"}</strong>
            <span class="soft">as ${invitation.role}, until ${moment(invitation.expires_at)}</span>
            <button class="danger quiet" type="button" ?disabled=${this.#action.busy}
              @click=${() => this.#withdraw(invitation)}>Withdraw</button>
          </li>`,
        )}
      </ul>
      ${this.#open.foot()}`;
  }
}

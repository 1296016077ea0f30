import { html } from "lit";
import { customElement } from "lit/decorators.js";
import type { AdminUser } from "../api/admin-documents";
import * as api from "../api/calls";
import type { Role } from "../api/documents";
import { moment } from "../format/time";
import { say } from "../parts/notices";
import { Pages } from "../parts/pages";
import { problemNotice } from "../parts/problem";
import { session } from "../session";
import { Action, View } from "../view";
import { changedOf, numberField } from "./fields";

const ROLES: Role[] = ["user", "auditor", "admin"];

/** People: their role, what they may use, and whether they may come in at all. Each row is saved by itself. */
@customElement("vmc-users")
export class Users extends View {
  #users = new Pages<AdminUser>(this, async (page) => {
    const answer = await api.adminUsers(page);
    return { items: answer.users, next: answer.next_page_token };
  });
  #action = new Action(this);

  #save = async (event: SubmitEvent, user: AdminUser): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const wish: api.UserChange = {
      max_vms: Number(form.get("max_vms")),
      max_vcpus: Number(form.get("max_vcpus")),
      max_monthly: String(form.get("max_monthly")),
    };
    if (user.id !== session.me?.id) {
      wish.role = String(form.get("role")) as Role;
      wish.disabled = form.get("disabled") !== null;
    }
    const change = changedOf(user, wish);
    if (!Object.keys(change).length) return;
    const done = await this.#action.run(() => api.changeUser(user.id, change));
    if (!done) return;
    this.#users.replace((other) => other.id === user.id, { ...user, ...change });
    say(`${user.email} saved`);
  };

  override render() {
    return html`${problemNotice(this.#action.problem)}
      <ul class="rows">${this.#users.items.map((user) => this.#row(user))}</ul>
      ${this.#users.foot()}`;
  }

  #row(user: AdminUser) {
    const self = user.id === session.me?.id;
    return html`<li>
      <form class="edit-row" @submit=${(event: SubmitEvent) => this.#save(event, user)} aria-label=${user.email}>
        <p><strong>${user.email}</strong>
          <span class="soft">since ${moment(user.created_at)} · ${user.vms} running</span></p>
        <label class="field">Role
          <select name="role" ?disabled=${self}>
            ${ROLES.map((role) => html`<option value=${role} .selected=${role === user.role}>${role}</option>`)}
          </select>
        </label>
        ${numberField("max_vms", "Machines", user.max_vms)} ${numberField("max_vcpus", "vCPUs", user.max_vcpus)}
        <label class="field">A month, in $
          <input name="max_monthly" inputmode="decimal" pattern="[0-9]+(\\.[0-9]{1,4})?" required .value=${user.max_monthly} />
        </label>
        <label class="check"><input type="checkbox" name="disabled" ?disabled=${self} .checked=${user.disabled} />
          <span>Shut out</span></label>
        <button ?disabled=${this.#action.busy}>Save<span class="hidden"> ${user.email}</span></button>
      </form>
    </li>`;
  }
}

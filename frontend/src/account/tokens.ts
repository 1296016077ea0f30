import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Token } from "../api/account-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import { copyable } from "../parts/copy";
import { Pages } from "../parts/pages";
import { problemNotice } from "../parts/problem";
import { Action, View } from "../view";

/** API tokens: made here, shown once, taken back here. */
@customElement("vmc-tokens")
export class Tokens extends View {
  @state() private fresh: (Token & { token: string }) | null = null;
  #tokens = new Pages<Token>(this, async (page) => {
    const answer = await api.tokens(page);
    return { items: answer.tokens, next: answer.next_page_token };
  });
  #action = new Action(this);

  #create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const name = String(new FormData(form).get("name")).trim();
    const done = await this.#action.run(() => api.createToken(name));
    if (!done) return;
    form.reset();
    this.fresh = done.result;
    this.#tokens.reload();
  };

  #delete = async (token: Token): Promise<void> => {
    const done = await this.#action.run(() => api.deleteToken(token.id));
    if (!done) return;
    this.#tokens.replace((other) => other.id === token.id, null);
    if (this.fresh?.id === token.id) this.fresh = null;
  };

  override render() {
    return html`<section class="card">
      <h2>API tokens</h2>
      <p class="soft">For programs: they may do what you may. <a href="/api/docs">The API</a></p>
      <form class="pair" @submit=${this.#create}>
        <input name="name" required maxlength="80" aria-label="What the token is for" placeholder="What it is for" />
        <button ?disabled=${this.#action.busy}>Create</button>
      </form>
      ${problemNotice(this.#action.problem)}
      ${
        this.fresh
          ? html`<div class="secret" role="status">
            <p><strong>${this.fresh.name}: keep this now.</strong> It will not be shown again.</p>
            ${copyable(this.fresh.token, "the token")}
          </div>`
          : nothing
      }
      <ul class="rows">
        ${this.#tokens.items.map(
          (token) => html`<li>
            <strong>${token.name}</strong>
            <span class="soft">made ${moment(token.created_at)} ·
              ${token.last_used_at ? `last used ${moment(token.last_used_at)}` : "never used"}</span>
            <button class="danger quiet" type="button" ?disabled=${this.#action.busy} @click=${() => this.#delete(token)}>
              Delete<span class="hidden"> ${token.name}</span></button>
          </li>`,
        )}
      </ul>
      ${this.#tokens.foot()}
    </section>`;
  }
}

import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { NOTICES, type NoticeKind, type NoticeWays } from "../api/account-documents";
import * as api from "../api/calls";
import { copyable } from "../parts/copy";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { session } from "../session";
import { Action, Loaded, View } from "../view";

const KINDS: Record<NoticeKind, string> = {
  ends_soon: "A machine ends in 24 hours, in an hour, in 10 minutes",
  idle: "A machine is idle, and will be stopped for it as I wished",
  idle_stopped: "A machine was stopped because it was idle",
  failed: "A machine did not come up",
  expired: "A machine's time was up, with what it cost",
  killed: "A machine is gone before its time: an administrator, Compute Engine, its own switch",
};

/** What one is told of without asking, and by which ways: mail by kind, and a webhook. */
@customElement("vmc-notice-ways")
export class NoticeWaysForm extends View {
  @state() private secret: string | null = null;
  #ways = new Loaded(this, api.noticeWays);
  #save = new Action(this);
  #hook = new Action(this);

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const wanted = new FormData(event.target as HTMLFormElement).getAll("mail_about") as NoticeKind[];
    const done = await this.#save.run(() =>
      session.prefer({ mail_about: wanted.length === NOTICES.length ? null : wanted }),
    );
    if (done) say("Saved");
  };

  #setHook = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const url = String(new FormData(event.target as HTMLFormElement).get("url")).trim();
    const done = await this.#hook.run(() => api.setWebhook(url));
    if (!done) return;
    this.secret = done.result.secret;
    await this.#ways.load();
  };

  #removeHook = async (): Promise<void> => {
    const done = await this.#hook.run(() => api.deleteWebhook());
    if (!done) return;
    this.secret = null;
    await this.#ways.load();
  };

  override render() {
    const ways = this.#ways.value;
    return html`<section class="card">
      <h2>Notices</h2>
      ${problemNotice(this.#ways.problem, () => void this.#ways.load())}
      ${ways ? html`${this.#mail(ways)} ${this.#webhook(ways)}` : nothing}
    </section>`;
  }

  #mail(ways: NoticeWays) {
    if (!ways.mail) return html`<p class="soft">No mail is sent here: warnings are on the page.</p>`;
    const about = session.me?.preferences.mail_about ?? NOTICES;
    return html`<form @submit=${this.#submit}>
      <fieldset class="plain">
        <legend>By mail</legend>
        ${NOTICES.map(
          (kind) => html`<label class="check">
            <input type="checkbox" name="mail_about" value=${kind} .checked=${about.includes(kind)} />
            <span>${KINDS[kind]}</span>
          </label>`,
        )}
      </fieldset>
      ${problemNotice(this.#save.problem)}
      <div class="actions">
        <button ?disabled=${this.#save.busy}>Save</button>
        ${ways.mail_outbox ? html`<a href=${ways.mail_outbox} target="_blank" rel="noopener">Mail that was sent</a>` : nothing}
      </div>
    </form>`;
  }

  #webhook(ways: NoticeWays) {
    if (!ways.webhooks) return nothing;
    return html`<form class="pair" @submit=${this.#setHook}>
        <input name="url" type="url" required maxlength="2000" aria-label="Webhook address" autocomplete="off"
          placeholder="https://hooks.example.com/vms" .value=${ways.webhook?.url ?? ""} />
        <button ?disabled=${this.#hook.busy}>${ways.webhook ? "Replace the webhook" : "Set a webhook"}</button>
      </form>
      <p class="soft">Every notice goes there too, as signed JSON. Replacing it makes a new secret.</p>
      ${problemNotice(this.#hook.problem)}
      ${
        this.secret
          ? html`<div class="secret" role="status">
            <p><strong>The signing secret: keep this now.</strong> It will not be shown again.</p>
            ${copyable(this.secret, "the secret")}
          </div>`
          : nothing
      }
      ${
        ways.webhook
          ? html`<button class="danger quiet" type="button" ?disabled=${this.#hook.busy} @click=${this.#removeHook}>
            Remove the webhook</button>`
          : nothing
      }`;
  }
}

import { faDownload } from "@fortawesome/free-solid-svg-icons/faDownload";
import { faEye } from "@fortawesome/free-solid-svg-icons/faEye";
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Credentials, Vm } from "../api/documents";
import { Intent } from "../api/intent";
import { copyable } from "../parts/copy";
import { icon } from "../parts/icon";
import { problemNotice } from "../parts/problem";
import { Action, View } from "../view";

/** How to get in: the command, and the key or password that is shown once. */
@customElement("vmc-login")
export class Login extends View {
  @property({ attribute: false }) vm!: Vm;
  /** Held by this view alone, and gone with it. */
  @state() private credentials: Credentials | null = null;
  #reveal = new Action(this);
  #intent = new Intent();

  #show = async (): Promise<void> => {
    const { name } = this.vm;
    const done = await this.#reveal.run(() => this.#intent.run(name, (key) => api.reveal(name, key)));
    if (done) this.credentials = done.result;
  };

  #download = (): void => {
    const key = this.credentials?.private_key;
    if (!key) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([key], { type: "application/x-pem-file" }));
    link.download = this.#keyFile();
    link.click();
    URL.revokeObjectURL(link.href);
  };

  #keyFile(): string {
    return `${this.vm.name}.pem`;
  }

  override render() {
    const { login } = this.vm;
    return html`<section class="card login">
      <h2>Log in</h2>
      ${login.host ? this.#address(login.host) : html`<p class="soft">It has no address while it is stopped.</p>`}
      ${this.#secret()} ${this.#hostKeys()}
    </section>`;
  }

  #address(host: string) {
    const { user, method, own_key, port } = this.vm.login;
    if (method === "rdp") {
      return html`<p>Open a Remote Desktop connection, as <strong>${user}</strong>:</p>
        ${copyable(`${host}:${port}`, "the address")}`;
    }
    const file = this.#keyFile();
    const command = own_key ? `ssh ${user}@${host}` : `chmod 600 ${file} && ssh -i ${file} ${user}@${host}`;
    return copyable(command, "the ssh command");
  }

  #secret() {
    const { login } = this.vm;
    if (login.own_key) return html`<p class="soft">With your own SSH key.</p>`;
    const what = login.method === "ssh" ? "private key" : "password";
    if (this.credentials) return this.#revealed(this.credentials);
    if (login.revealed) return html`<p class="soft">Its ${what} was shown once, and is shown no more.</p>`;
    return html`<p>The ${what} can be seen <strong>once</strong>. Have a place ready to keep it.</p>
      ${problemNotice(this.#reveal.problem)}
      <button class="primary" type="button" data-testid="reveal" ?disabled=${this.#reveal.busy} @click=${this.#show}>
        ${icon(faEye)} Show the ${what}
      </button>`;
  }

  #revealed(credentials: Credentials) {
    return html`<div class="secret" role="status" data-testid="credentials">
      <p><strong>Keep this now.</strong> It will not be shown again.</p>
      ${
        credentials.private_key
          ? html`<pre tabindex="0" aria-label="Private key">${credentials.private_key}</pre>
            <button type="button" @click=${this.#download}>${icon(faDownload)} Save as ${this.#keyFile()}</button>`
          : nothing
      }
      ${credentials.password ? copyable(credentials.password, "the password") : nothing}
    </div>`;
  }

  #hostKeys() {
    const { host, host_keys } = this.vm.login;
    const lines = Object.entries(host_keys).map(([type, key]) => `${host} ${type} ${key}`);
    if (!lines.length || !host) return nothing;
    return html`<details>
      <summary>Host keys, for known_hosts</summary>
      ${copyable(lines.join("\n"), "the host keys")}
    </details>`;
  }
}

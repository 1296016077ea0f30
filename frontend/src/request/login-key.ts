import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { session } from "../session";
import { View } from "../view";

/** How one will log in: a key pair that the platform makes, its private half shown once, or one's own public key. */
@customElement("vmc-login-key")
export class LoginKey extends View {
  @state() private own = Boolean(session.me?.preferences.ssh_public_key);

  /** The public key to send with the approval; null when the platform shall make a pair. */
  publicKey(): string | null {
    if (!this.own) return null;
    return this.querySelector("textarea")?.value.trim() || null;
  }

  override render() {
    const choice = (own: boolean, label: string, hint: string) => html`<label class="check">
      <input type="radio" name="login-key" .checked=${this.own === own}
        @change=${() => {
          this.own = own;
        }} />
      <span>${label} <span class="soft">${hint}</span></span>
    </label>`;
    return html`<fieldset class="card plain">
      <legend>Logging in</legend>
      ${choice(false, "Make a key for me.", "You can see its private half once, when the machine is up.")}
      ${choice(true, "Use my own SSH key.", "Only you have its private half.")}
      ${
        this.own
          ? html`<label class="field">SSH public key
            <textarea name="ssh_public_key" rows="3" required spellcheck="false" autocomplete="off"
              placeholder="ssh-ed25519 AAAA…" .value=${session.me?.preferences.ssh_public_key ?? ""}></textarea>
          </label>`
          : nothing
      }
    </fieldset>`;
  }
}

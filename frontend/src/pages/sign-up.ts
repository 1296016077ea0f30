import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import * as api from "../api/calls";
import { problemNotice } from "../parts/problem";
import { go } from "../router";
import { session, WatchSession } from "../session";
import { Action, View } from "../view";

/** Make an account, by an invitation's link or openly, and sign in with it. */
@customElement("vmc-sign-up")
export class SignUp extends View {
  #signUp = new Action(this);
  #invitation = new URLSearchParams(location.search).get("invitation");

  constructor() {
    super();
    new WatchSession(this);
  }

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const email = String(form.get("email"));
    const password = String(form.get("password"));
    const done = await this.#signUp.run(async () => {
      await api.signUp(email, password, this.#invitation);
      await session.signIn(email, password);
    });
    if (done) go("/", true);
  };

  override render() {
    const closed = session.health?.signup === "invitation" && !this.#invitation;
    return html`<section class="narrow card">
      <h1 tabindex="-1">Create an account</h1>
      ${this.#invitation ? html`<p>You were invited. Choose a password to begin.</p>` : nothing}
      ${
        closed
          ? html`<p class="notice warn">
            Sign-up is by invitation here: open the link that an administrator sent you.
          </p>`
          : nothing
      }
      <form @submit=${this.#submit}>
        <label class="field">Email
          <input name="email" type="email" autocomplete="username" required />
        </label>
        <label class="field">Password
          <input name="password" type="password" autocomplete="new-password" minlength="10" required
            aria-describedby="password-rule" />
        </label>
        <p class="soft" id="password-rule">At least 10 characters; a few unrelated words are best.</p>
        ${problemNotice(this.#signUp.problem)}
        <button class="primary wide" ?disabled=${this.#signUp.busy} data-testid="sign-up">
          ${this.#signUp.busy ? "Creating…" : "Create account"}
        </button>
      </form>
      <p class="soft">Have an account already? <a href="/">Sign in</a></p>
    </section>`;
  }
}

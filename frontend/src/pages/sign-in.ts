import { faTriangleExclamation } from "@fortawesome/free-solid-svg-icons/faTriangleExclamation";
import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { icon } from "../parts/icon";
import { problemNotice } from "../parts/problem";
import { session } from "../session";
import { Action, View } from "../view";

/** Sign in: where nobody is, in place of the view that needs somebody; or again, over a view whose session ended. */
@customElement("vmc-sign-in")
export class SignIn extends View {
  @property({ type: Boolean }) again = false;
  #signIn = new Action(this);

  #submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    void this.#signIn.run(() => session.signIn(String(form.get("email")), String(form.get("password"))));
  };

  override render() {
    if (this.again) return this.#form();
    return html`<section class="welcome">
      <div>
        <h1 tabindex="-1">Say what you need.<br />Get the right machine.</h1>
        <p class="lead">
          Plain words become a virtual machine with reasons, at a price you agree beforehand. It is gone when its time
          is up, and a receipt proves it.
        </p>
        <blockquote>“I need a Python Django development server with PostgreSQL and Redis”</blockquote>
      </div>
      <div class="card">
        <h2>Sign in</h2>
        ${this.#form()} ${this.#signUpHint()}
      </div>
    </section>`;
  }

  #form() {
    const wrong = this.#signIn.problem?.status === 401;
    return html`<form @submit=${this.#submit}>
      <label class="field">Email
        <input name="email" type="email" autocomplete="username" required .value=${session.me?.email ?? ""} />
      </label>
      <label class="field">Password
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      ${wrong ? html`<p class="notice bad" role="alert">${icon(faTriangleExclamation)} ${this.#signIn.problem?.detail}</p>` : nothing}
      ${problemNotice(this.#signIn.problem)}
      <button class="primary wide" ?disabled=${this.#signIn.busy} data-testid="sign-in">
        ${this.#signIn.busy ? "Signing in…" : "Sign in"}
      </button>
    </form>`;
  }

  #signUpHint() {
    if (session.health?.signup === "invitation") {
      return html`<p class="soft">New here? An administrator can send you an invitation link.</p>`;
    }
    return html`<p class="soft">New here? <a href="/signup">Create an account</a></p>`;
  }
}

import { faRightFromBracket } from "@fortawesome/free-solid-svg-icons/faRightFromBracket";
import { html } from "lit";
import { customElement } from "lit/decorators.js";
import "../account/notices";
import "../account/preferences";
import "../account/tokens";
import "../admin/audit";
import { money } from "../format/money";
import { icon } from "../parts/icon";
import { problemNotice } from "../parts/problem";
import { session, WatchSession } from "../session";
import { Action, View } from "../view";

/** One's own account: what one may use, how machines are placed, keys, tokens, and what was done in one's name. */
@customElement("vmc-account")
export class Account extends View {
  #signOut = new Action(this);

  constructor() {
    super();
    new WatchSession(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void session.refresh().catch(() => {});
  }

  override render() {
    const { me } = session;
    if (!me) return html``;
    return html`<section>
      <header class="head">
        <h1 tabindex="-1">Account</h1>
        <button type="button" data-testid="sign-out" ?disabled=${this.#signOut.busy}
          @click=${() => this.#signOut.run(() => session.signOut())}>${icon(faRightFromBracket)} Sign out</button>
      </header>
      ${problemNotice(this.#signOut.problem)}
      <section class="card">
        <h2>${me.email}</h2>
        <p class="soft">Role: ${me.role}</p>
        <ul class="bars">
          ${use("Machines", me.used.vms, me.quotas.max_vms)} ${use("vCPUs", me.used.vcpus, me.quotas.max_vcpus)}
        </ul>
        <p class="soft">Up to ${money(me.quotas.max_monthly)} may be approved in a month.</p>
      </section>
      <vmc-preferences></vmc-preferences>
      <vmc-notice-ways></vmc-notice-ways>
      <vmc-tokens></vmc-tokens>
      <section class="card"><h2>Activity</h2><vmc-audit own></vmc-audit></section>
    </section>`;
  }
}

function use(name: string, used: number, limit: number) {
  return html`<li>
    <span>${name}</span>
    <span class="bar ${used >= limit ? "full" : ""}" aria-hidden="true"
      ><span .style=${`--share: ${Math.min(1, used / Math.max(1, limit))}`}></span
    ></span>
    <span class="figure">${used}/${limit}</span>
  </li>`;
}

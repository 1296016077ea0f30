import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import "../admin/audit";
import "../admin/dead-letters";
import "../admin/invitations";
import "../admin/models";
import "../admin/next-sweep";
import type { Orphans } from "../admin/orphans";
import "../admin/orphans";
import "../admin/pause";
import "../admin/regions";
import type { Restored } from "../admin/restored";
import "../admin/restored";
import "../admin/tuning";
import "../admin/users";
import { session } from "../session";
import { View } from "../view";

/** What an administrator sets: the pause, people and their quotas, invitations, regions, orphans, dead letters, models; an auditor sees the audit alone. */
@customElement("vmc-admin")
export class Admin extends View {
  /** What is decided in one of both lists is in the other, too. */
  #decided = (event: Event): void => {
    for (const list of this.querySelectorAll<Restored | Orphans>("vmc-restored, vmc-orphans"))
      if (list !== event.target) void list.look();
  };

  override render() {
    const admin = session.me?.role === "admin";
    return html`<section>
      <h1 tabindex="-1">${admin ? "Administration" : "Audit"}</h1>
      ${
        admin
          ? html`<vmc-restored @decided=${this.#decided}></vmc-restored>
            <vmc-pause></vmc-pause>
            <section class="card"><h2>People</h2><vmc-users></vmc-users></section>
            <section class="card"><h2>Invitations</h2><vmc-invitations></vmc-invitations></section>
            <section class="card"><h2>Regions</h2><vmc-admin-regions></vmc-admin-regions></section>
            <section class="card"><h2>Orphans</h2><vmc-orphans @decided=${this.#decided}></vmc-orphans></section>
            <section class="card"><h2>The next sweep</h2><vmc-next-sweep></vmc-next-sweep></section>
            <section class="card"><h2>Dead letters</h2><vmc-dead-letters></vmc-dead-letters></section>
            <section class="card"><h2>Models</h2><vmc-models></vmc-models></section>
            <section class="card"><h2>Fine-tuning</h2><vmc-tuning></vmc-tuning></section>`
          : nothing
      }
      <section class="card"><h2>Audit</h2><vmc-audit></vmc-audit></section>
    </section>`;
  }
}

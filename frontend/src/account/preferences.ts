import { html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import type { Policy } from "../api/documents";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { idleField } from "../request/idle-field";
import { session } from "../session";
import { Action, View } from "../view";

const POLICIES: { id: Policy; label: string; hint: string }[] = [
  { id: "priority", label: "In order", hint: "The first region with room, in the platform's order" },
  { id: "cheapest", label: "Cheapest", hint: "Where the whole lease costs least" },
  { id: "greenest", label: "Greenest", hint: "Where a kilowatt-hour emits least" },
  { id: "nearest", label: "Nearest", hint: "Closest to the place you name, else to your time zone's city" },
];

/** How one's machines are placed and logged in to, and the zone that times are shown in. */
@customElement("vmc-preferences")
export class PreferencesForm extends View {
  #save = new Action(this);

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim() || null;
    const done = await this.#save.run(() =>
      session.prefer({
        policy: String(form.get("policy")) as Policy,
        ssh_public_key: text("ssh_public_key"),
        timezone: text("timezone"),
        idle_stop: String(form.get("idle_stop")),
        learn_from_requests: form.get("learn_from_requests") !== null,
      }),
    );
    if (done) say("Preferences saved");
  };

  override render() {
    const preferences = session.me?.preferences;
    if (!preferences) return nothing;
    const zones = Intl.supportedValuesOf("timeZone");
    return html`<form class="card" @submit=${this.#submit}>
      <h2>Preferences</h2>
      <fieldset class="plain">
        <legend>Where machines go</legend>
        ${POLICIES.map(
          (policy) => html`<label class="check">
            <input type="radio" name="policy" value=${policy.id} .checked=${preferences.policy === policy.id} />
            <span>${policy.label} <span class="soft">${policy.hint}</span></span>
          </label>`,
        )}
      </fieldset>
      <label class="field">SSH public key
        <textarea name="ssh_public_key" rows="3" spellcheck="false" autocomplete="off" placeholder="ssh-ed25519 AAAA…"
          .value=${preferences.ssh_public_key ?? ""}></textarea>
      </label>
      <label class="field">Time zone
        <select name="timezone">
          <option value="" .selected=${!preferences.timezone}>As on this device</option>
          ${zones.map((zone) => html`<option value=${zone} .selected=${preferences.timezone === zone}>${zone}</option>`)}
        </select>
      </label>
      ${idleField(preferences.idle_stop, "New machines, when nobody uses them")}
      <label class="check">
        <input type="checkbox" name="learn_from_requests" .checked=${preferences.learn_from_requests} />
        <span>Learn from my requests
          <span class="soft">What I ask and approve, and have before, may train the model that suggests machines, and
            goes to its provider for that. Names, addresses, links, keys and ticket numbers are taken out first. Off, from then on nothing of
            mine is used; what a model has learned already stays in it.</span></span>
      </label>
      ${problemNotice(this.#save.problem)}
      <button class="primary" ?disabled=${this.#save.busy}>Save preferences</button>
    </form>`;
  }
}

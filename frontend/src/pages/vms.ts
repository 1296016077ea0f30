import { faPlus } from "@fortawesome/free-solid-svg-icons/faPlus";
import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import * as api from "../api/calls";
import type { LiveEvent, State, Vm } from "../api/documents";
import { money } from "../format/money";
import { durationInWords } from "../format/time";
import { connectionSign } from "../parts/connection";
import "../parts/countdown";
import "../parts/ending";
import { icon } from "../parts/icon";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { isOver, statePill, stateSentence } from "../parts/vm-state";
import { Loaded, View } from "../view";
import { Watch } from "../watch";

const LIVING: State[] = ["REQUESTED", "PROVISIONING", "RUNNING", "STOPPED", "DELETING"];

/** The machines that are, or are about to be: each with its state as it changes. */
@customElement("vmc-vms")
export class Vms extends View {
  #vms = new Loaded(this, living);
  #watch = new Watch(this, (event) => this.#heard(event));

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch.open("/events");
  }

  #heard({ vm }: LiveEvent): void {
    this.#show(vm);
  }

  /** Show a newer document; the older of two that crossed is dropped. */
  #show(vm: Vm): void {
    const known = this.#vms.value ?? [];
    const before = known.find((other) => other.name === vm.name);
    if (before ? vm.number < before.number : isOver(vm)) return;
    if (before && before.state !== vm.state) say(stateSentence(vm));
    this.#vms.set([vm, ...known.filter((other) => other.name !== vm.name)].sort(newestFirst));
  }

  override render() {
    const vms = this.#vms.value;
    return html`<section>
      <header class="head">
        <h1 tabindex="-1">Machines</h1>
        ${connectionSign(this.#watch.connection)}
        <a class="button primary" href="/request">${icon(faPlus)} New machine</a>
      </header>
      ${problemNotice(this.#vms.problem, () => void this.#vms.load())}
      ${
        vms?.length
          ? html`<ul class="vms">${repeat(
              vms,
              (vm) => vm.name,
              (vm) => row(vm, (newer) => this.#show(newer)),
            )}</ul>`
          : vms
            ? nobody()
            : html`<div class="skeleton"><span></span><span></span><span></span></div>`
      }
    </section>`;
  }
}

/** Every page of the machines that are not at their end. */
async function living(): Promise<Vm[]> {
  const found: Vm[] = [];
  let page: string | null = null;
  do {
    const answer: Awaited<ReturnType<typeof api.vms>> = await api.vms(LIVING, page);
    found.push(...answer.vms);
    page = answer.next_page_token;
  } while (page);
  return found.sort(newestFirst);
}

function newestFirst(one: Vm, other: Vm): number {
  return other.created_at.localeCompare(one.created_at);
}

function row(vm: Vm, changed: (vm: Vm) => void): TemplateResult {
  return html`<li class="card vm">
    <div>
      <h2><a href="/vms/${vm.name}">${vm.name}</a></h2>
      <p class="soft">${vm.spec.machine_type} · ${vm.zone ?? vm.region ?? "no place yet"}
        ${vm.spec.packages.length ? ` · ${vm.spec.packages.join(", ")}` : nothing}</p>
    </div>
    <p class="state">${statePill(vm)}</p>
    <div class="time">
      ${
        vm.started_at && vm.expires_at && !isOver(vm)
          ? html`<vmc-countdown small .starts=${vm.started_at} .ends=${vm.expires_at}></vmc-countdown>`
          : html`<span class="soft">${isOver(vm) ? "Over" : durationInWords(vm.spec.duration)}</span>`
      }
    </div>
    <p class="price"><strong class="figure">${money(vm.quote.total, vm.currency)}</strong>
      <span class="soft">of ${money(vm.approved_total, vm.currency)} approved</span></p>
    <vmc-ending .vm=${vm} @changed=${(event: CustomEvent<Vm>) => changed(event.detail)}></vmc-ending>
  </li>`;
}

function nobody(): TemplateResult {
  return html`<div class="empty card">
    <p>No machine is running.</p>
    <p class="soft">Say what you need, and see what it costs before anything is made.</p>
    <a class="button primary" href="/request">Ask for a machine</a>
  </div>`;
}

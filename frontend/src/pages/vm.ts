import { faDownload } from "@fortawesome/free-solid-svg-icons/faDownload";
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import type { LiveEvent, Vm, VmEvent } from "../api/documents";
import { WithCatalog } from "../catalog";
import { heardFromServer } from "../clock";
import { money } from "../format/money";
import { durationInWords, moment } from "../format/time";
import { count } from "../format/words";
import { connectionSign } from "../parts/connection";
import { costBar } from "../parts/cost-bar";
import "../parts/countdown";
import "../parts/ending";
import { icon } from "../parts/icon";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { progress } from "../parts/progress";
import { isOver, statePill, stateSentence } from "../parts/vm-state";
import { session } from "../session";
import { Loaded, View } from "../view";
import "../vm/actions";
import "../vm/idle";
import "../vm/login";
import { placement, timeline } from "../vm/records";
import "../vm/receipt";
import "../vm/use";
import { Watch } from "../watch";

/** The events after which another use, or another choice about it, is there to read. */
const USE_FOLLOWS = /^(idle|in_use|running|started|stopped|machine_type_set)/;
const USE_EVERY = 5 * 60_000; // milliseconds: half of how often the machines are measured

/** One machine: what it is doing now, how to get in, what it costs, what happened, and its receipt in the end. */
@customElement("vmc-vm")
export class VmPage extends View {
  @property() name = "";
  @state() private events: VmEvent[] = [];
  #vm = new Loaded(this, () => this.#load());
  #use = new Loaded(this, () => api.vmUse(this.name));
  #watch = new Watch(this, (event) => this.#heard(event));

  #again = 0;

  constructor() {
    super();
    new WithCatalog(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#again = window.setInterval(() => {
      if (!document.hidden && this.#vm.value && !isOver(this.#vm.value)) void this.#use.load();
    }, USE_EVERY);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#again);
  }

  async #load(): Promise<Vm> {
    const vm = await api.vm(this.name);
    heardFromServer(vm.updated_at);
    if (!isOver(vm)) this.#watch.open(`/vms/${encodeURIComponent(vm.name)}/events`, String(vm.number));
    void this.#loadEvents().catch(() => say("What happened so far did not load. Reload to see it."));
    return vm;
  }

  async #loadEvents(): Promise<void> {
    const found: VmEvent[] = [];
    let after: string | null = null;
    do {
      const answer: Awaited<ReturnType<typeof api.vmEvents>> = await api.vmEvents(this.name, after);
      found.push(...answer.events);
      after = answer.next_page_token;
    } while (after);
    this.#add(found);
  }

  #add(events: VmEvent[]): void {
    const all = new Map([...this.events, ...events].map((event) => [event.number, event]));
    this.events = [...all.values()].sort((one, other) => one.number - other.number);
  }

  #heard({ vm, ...event }: LiveEvent): void {
    this.#add([event]);
    if (event.kind === "ends_soon") say(`${vm.name} ends ${event.detail.split(",")[0]}`);
    if (event.kind === "idle") say(`${vm.name} is idle, and will be stopped`);
    if (USE_FOLLOWS.test(event.kind)) void this.#use.load();
    this.#show(vm);
  }

  /** Show a newer document; the older of two that crossed is dropped. */
  #show(vm: Vm): void {
    const before = this.#vm.value;
    if (before && vm.number < before.number) return;
    if (before && before.state !== vm.state) {
      say(stateSentence(vm));
      void session.refresh().catch(() => {});
    }
    this.#vm.set(vm);
  }

  override render() {
    const vm = this.#vm.value;
    return html`<section class="vm-page">
      <header class="head">
        <h1 tabindex="-1">${this.name}</h1>
        ${vm ? statePill(vm) : nothing}
        ${vm && !isOver(vm) ? connectionSign(this.#watch.connection) : nothing}
      </header>
      ${
        this.#vm.problem?.status === 404
          ? html`<p>There is no such machine, or it is not yours. <a href="/vms">All machines</a></p>`
          : problemNotice(this.#vm.problem, () => void this.#vm.load())
      }
      ${vm ? this.#whole(vm) : this.#vm.problem ? nothing : html`<div class="skeleton"><span></span><span></span></div>`}
    </section>`;
  }

  #whole(vm: Vm) {
    return html`${
      vm.reason_text
        ? html`<p class="notice ${vm.state === "FAILED" ? "bad" : "warn"}">
            <span><strong>Why:</strong> ${vm.reason_text}.</span></p>`
        : nothing
    }
      ${
        isOver(vm)
          ? nothing
          : html`<vmc-ending .vm=${vm} ?asked=${new URLSearchParams(location.search).has("extend")}
              @changed=${(event: CustomEvent<Vm>) => this.#show(event.detail)}></vmc-ending>
            <vmc-idle .vm=${vm} .idle=${this.#use.value?.idle ?? null} @chosen=${() => void this.#use.load()}></vmc-idle>`
      }
      <div class="columns">
        <div>
          ${isOver(vm) ? html`<vmc-receipt .name=${vm.name}></vmc-receipt>` : this.#now(vm)}
          <section class="card"><h2>Where it went, and why</h2>${placement(vm.placement, session.catalog)}</section>
          <section class="card"><h2>What happened</h2>${timeline(this.events)}</section>
        </div>
        <div>${this.#side(vm)}</div>
      </div>`;
  }

  #now(vm: Vm) {
    return html`${vm.state === "RUNNING" || vm.state === "STOPPED" ? html`<vmc-login .vm=${vm}></vmc-login>` : nothing}
      <section class="card">
        <h2>Progress</h2>
        ${progress(vm)}
        ${
          vm.setup_log
            ? html`<details ?open=${vm.setup === "failed"}><summary>End of the set-up's log</summary>
              <pre tabindex="0">${vm.setup_log}</pre></details>`
            : nothing
        }
        ${
          vm.setup === "failed"
            ? html`<p class="notice warn">A package did not install. The machine runs all the same: log in and mend it, or
              delete it and ask again.</p>`
            : nothing
        }
      </section>`;
  }

  #side(vm: Vm) {
    const { spec } = vm;
    return html`${
      isOver(vm)
        ? nothing
        : html`<section class="card">
          <h2>Time</h2>
          ${
            vm.started_at && vm.expires_at
              ? html`<vmc-countdown .starts=${vm.started_at} .ends=${vm.expires_at}></vmc-countdown>`
              : html`<p>${durationInWords(spec.duration)}, from the moment it is up.</p>`
          }
          <vmc-vm-actions .vm=${vm} @changed=${(event: CustomEvent<Vm>) => this.#show(event.detail)}
            @unsure=${() => void this.#vm.load()}></vmc-vm-actions>
        </section>`
    }
      ${
        vm.state === "RUNNING" || vm.state === "STOPPED"
          ? html`<vmc-use .vm=${vm} .measured=${this.#use.value} @chosen=${() => void this.#use.load()}
              @changed=${(event: CustomEvent<Vm>) => this.#show(event.detail)}></vmc-use>`
          : nothing
      }
      <section class="card">
        <h2>Cost</h2>
        <p class="total"><strong class="figure">${money(vm.quote.total, vm.currency)}</strong>
          <span class="soft">quoted for ${durationInWords(spec.duration)} · up to
            ${money(vm.approved_total, vm.currency)} approved</span></p>
        ${costBar(vm.quote.lines, vm.currency)}
      </section>
      <section class="card">
        <h2>Machine</h2>
        <dl class="facts">
          ${fact("Type", html`<code>${spec.machine_type}</code>${spec.spot ? " · spot" : ""}`)}
          ${fact("System", html`<code>${spec.os_image}</code>`)}
          ${fact("Disk", `${spec.disk_gib} GiB ${spec.disk_type}`)}
          ${spec.gpu ? fact("GPU", `${spec.gpu.count} × ${spec.gpu.type}`) : nothing}
          ${fact("Packages", spec.packages.join(", ") || "none")}
          ${fact("Open ports", [vm.login.port, ...spec.ports].join(", "))}
          ${vm.zone ? fact("Zone", vm.zone) : nothing}
          ${vm.external_ip ? fact("Address", html`<code>${vm.external_ip}</code>`) : nothing}
          ${vm.instance_id ? fact("Instance id", html`<code>${vm.instance_id}</code>`) : nothing}
          ${fact("Approved", moment(vm.created_at))}
          ${vm.switch_at ? fact("Own switch", moment(vm.switch_at)) : nothing}
          ${
            Object.keys(vm.login.host_keys).length
              ? fact("Host keys", count(Object.keys(vm.login.host_keys).length, "key"))
              : nothing
          }
          ${vm.state_location ? fact("Terraform state", html`<code>${vm.state_location}</code>`) : nothing}
        </dl>
        ${this.#export(vm)}
      </section>`;
  }

  /** The module that makes it, and what imports it: its owner's and an administrator's. */
  #export(vm: Vm) {
    const { me } = session;
    if (!vm.zone || (vm.owner !== me?.id && me?.role !== "admin")) return nothing;
    return html`<div class="actions">
      <a class="button" href=${api.terraformFile(vm.name)} download data-testid="terraform">
        ${icon(faDownload)} Terraform module</a>
    </div>`;
  }
}

function fact(name: string, value: unknown) {
  return html`<dt>${name}</dt><dd>${value}</dd>`;
}

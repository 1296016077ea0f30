import { faRotateLeft } from "@fortawesome/free-solid-svg-icons/faRotateLeft";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Problem } from "../api/client";
import type { Catalog, Environment, Image, MachineType, Spec, Suggestion } from "../api/documents";
import { imageTitle, words } from "../format/words";
import { icon } from "../parts/icon";
import { View } from "../view";
import "./duration-field";
import { machineNamed, onMachine } from "./fit";
import "./list-field";
import { machineField } from "./machine-field";
import { regionField } from "./region-field";

const ENVIRONMENTS: Environment[] = ["development", "test", "staging", "production"];

/** Every field of a machine, each with why it is so. Fires `edit` with the whole spec after each change. */
@customElement("vmc-spec-form")
export class SpecForm extends View {
  @property({ attribute: false }) spec!: Spec;
  @property({ attribute: false }) original!: Spec;
  @property({ attribute: false }) reasons: Suggestion["reasons"] = [];
  /** What the server finds wrong, field by field. */
  @property({ attribute: false }) problems: Problem["fields"] = [];
  @property({ attribute: false }) catalog: Catalog | null = null;

  #set<Field extends keyof Spec>(field: Field, value: Spec[Field]): void {
    this.#edit({ ...this.spec, [field]: value });
  }

  #edit(spec: Spec): void {
    this.dispatchEvent(new CustomEvent<Spec>("edit", { detail: spec }));
  }

  override render() {
    return html`<fieldset class="card plain spec">
      <legend>The machine</legend>
      ${this.#row("machine_type", "Machine type", this.#machineTypes())}
      ${this.#row("os_image", "Operating system", this.#images())}
      ${this.#row("disk_gib", "Disk, in GiB", this.#disk())}
      ${this.#row("disk_type", "Disk type", this.#select("disk_type", this.#machine()?.disk_types ?? []))}
      ${this.#row("gpu", "GPU", this.#gpu())}
      ${this.#row("packages", "Packages", this.#packages(), false)}
      ${this.#row("ports", "Open ports", this.#ports(), false)}
      ${this.#row(
        "region",
        "Where",
        regionField(this.spec.region, this.catalog, (wish) => this.#set("region", wish)),
      )}
      ${this.#row("duration", "For how long", this.#duration(), false)}
      ${this.#row("environment", "Environment", this.#select("environment", ENVIRONMENTS))}
      ${this.#row("spot", "Spot", this.#spot())}
    </fieldset>`;
  }

  /** A field with its label, its reason, and the way back to what was suggested. `native`: one control is labelled. */
  #row(field: keyof Spec, label: string, control: TemplateResult, native = true) {
    const changed = JSON.stringify(this.spec[field]) !== JSON.stringify(this.original[field]);
    const reasons = this.reasons.filter((reason) => reason.field === field);
    const wrong = this.problems.filter((problem) => problem.field.split(".").includes(field));
    const name = native
      ? html`<label class="name" for="spec-${field}">${label}</label>`
      : html`<span class="name" id="spec-${field}-name">${label}</span>`;
    return html`<div class="row ${changed ? "changed" : ""}">
      ${name}
      <div class="control">${control}
        ${wrong.map((problem) => html`<p class="why wrong">${problem.detail}</p>`)}
        ${
          changed
            ? html`<button class="quiet" type="button" aria-label="Back to the suggestion: ${label}"
              @click=${() => this.#set(field, this.original[field])}>
              ${icon(faRotateLeft)} Back to the suggestion
            </button>`
            : reasons.map(
                (reason) => html`<p class="why">${reason.because}
                ${reason.evidence ? html`<span class="evidence">${reason.evidence}</span>` : nothing}</p>`,
              )
        }
      </div>
    </div>`;
  }

  #machine(): MachineType | undefined {
    return this.catalog ? machineNamed(this.spec.machine_type, this.catalog) : undefined;
  }

  #machineTypes() {
    return machineField(this.spec.machine_type, this.catalog, (name) => {
      if (this.catalog) this.#edit(onMachine(this.spec, name, this.catalog));
    });
  }

  #images() {
    const images = this.catalog?.images ?? [];
    const machine = this.#machine();
    const systems = [...new Set(images.map((image) => image.os))];
    const option = (
      image: Image,
    ) => html`<option value=${image.family} .selected=${image.family === this.spec.os_image}
      ?disabled=${!image.supported || (machine && image.architecture !== machine.architecture)}>
      ${imageTitle(image)}${image.supported ? "" : " (out of support)"}
    </option>`;
    return html`<select id="spec-os_image" @change=${(event: Event) => this.#set("os_image", chosen(event))}>
      ${images.some((image) => image.family === this.spec.os_image) ? nothing : only(this.spec.os_image)}
      ${systems.map((os) => html`<optgroup label=${os}>${images.filter((image) => image.os === os).map(option)}</optgroup>`)}
    </select>`;
  }

  #disk() {
    const smallest =
      this.catalog?.images.find((image) => image.family === this.spec.os_image)?.min_disk_gib ?? 10;
    const change = (event: Event) => {
      const input = event.target as HTMLInputElement;
      if (input.reportValidity()) this.#set("disk_gib", input.valueAsNumber);
    };
    return html`<input id="spec-disk_gib" type="number" inputmode="numeric" min=${smallest} max="65536" step="1" required
      data-testid="disk" .value=${String(this.spec.disk_gib)} @change=${change} />`;
  }

  #select(field: "disk_type" | "environment", values: readonly string[]) {
    const current = this.spec[field];
    const change = (event: Event) => this.#set(field, chosen(event) as Environment);
    return html`<select id="spec-${field}" @change=${change}>
      ${[...new Set([current, ...values])].map(
        (value) => html`<option value=${value} .selected=${value === current}>
          ${field === "environment" ? words(value) : value}</option>`,
      )}
    </select>`;
  }

  #gpu() {
    const { gpu } = this.spec;
    const kinds = [
      ...new Set([...(gpu ? [gpu.type] : []), ...(this.catalog?.gpus ?? []).map((each) => each.type)]),
    ];
    const kind = (event: Event) => {
      const type = chosen(event);
      this.#set("gpu", type ? { type, count: gpu?.count ?? 1 } : null);
    };
    const many = (event: Event) => {
      const input = event.target as HTMLInputElement;
      if (gpu && input.reportValidity()) this.#set("gpu", { type: gpu.type, count: input.valueAsNumber });
    };
    return html`<div class="pair">
      <select id="spec-gpu" @change=${kind}>
        <option value="" .selected=${!gpu}>None</option>
        ${kinds.map((type) => html`<option value=${type} .selected=${gpu?.type === type}>${type}</option>`)}
      </select>
      ${
        gpu
          ? html`<input type="number" min="1" max="16" required aria-label="How many GPUs" .value=${String(gpu.count)}
            @change=${many} />`
          : nothing
      }
    </div>`;
  }

  #packages() {
    return html`<vmc-list-field
      label="Packages" add="Add a package"
      .values=${this.spec.packages}
      .choices=${this.catalog?.packages ?? []}
      @change=${(event: CustomEvent<string[]>) => this.#set("packages", event.detail)}
    ></vmc-list-field>`;
  }

  #ports() {
    return html`<vmc-list-field
      label="Open ports" add="Add a port" numeric
      .values=${this.spec.ports.map(String)}
      @change=${(event: CustomEvent<string[]>) =>
        this.#set(
          "ports",
          event.detail.map(Number).sort((a, b) => a - b),
        )}
    ></vmc-list-field>
    <p class="why">For your own address only. Logging in is open anyway; databases stay closed.</p>`;
  }

  #duration() {
    return html`<vmc-duration-field .value=${this.spec.duration}
      @change=${(event: CustomEvent<string>) => this.#set("duration", event.detail)}></vmc-duration-field>`;
  }

  #spot() {
    return html`<label class="check">
      <input id="spec-spot" type="checkbox" .checked=${this.spec.spot}
        @change=${(event: Event) => this.#set("spot", (event.target as HTMLInputElement).checked)} />
      <span>Cheaper, but it may be deleted, with its data, at any time</span>
    </label>`;
  }
}

function chosen(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

/** The one option there is before the catalogue has come, or for what it does not list. */
function only(value: string): TemplateResult {
  return html`<option value=${value} selected>${value}</option>`;
}

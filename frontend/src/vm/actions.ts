import { faHourglassHalf } from "@fortawesome/free-solid-svg-icons/faHourglassHalf";
import { faMaximize } from "@fortawesome/free-solid-svg-icons/faMaximize";
import { faPlay } from "@fortawesome/free-solid-svg-icons/faPlay";
import { faStop } from "@fortawesome/free-solid-svg-icons/faStop";
import { faTrashCan } from "@fortawesome/free-solid-svg-icons/faTrashCan";
import { html, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Vm } from "../api/documents";
import { Intent } from "../api/intent";
import "../parts/dialog";
import { icon } from "../parts/icon";
import { problemNotice } from "../parts/problem";
import { isMoving } from "../parts/vm-state";
import { Action, View } from "../view";
import "./extend";
import "./resize";

type Asking = "stop" | "start" | "delete" | "extend" | "resize" | null;

const QUESTIONS = {
  stop: {
    heading: "Stop it?",
    words: [
      "Its vCPUs are given back: a later start needs room in its region, and may be refused.",
      "Its disk stays, and is billed; its address will change.",
      "Its end stays where it is.",
    ],
    button: "Stop it",
  },
  start: {
    heading: "Start it again?",
    words: ["It needs room in its region, and gets a new address. Its end stays where it is."],
    button: "Start it",
  },
  delete: {
    heading: "Delete it now?",
    words: ["The machine and its disk are destroyed, with everything on them. This cannot be undone."],
    button: "Delete it for good",
  },
} as const;

const TERMS = { extend: "Extend", resize: "Resize" } as const;

/** What its owner can have done to a machine. Fires `changed` with the VM as answered, `unsure` when it has to be read again. */
@customElement("vmc-vm-actions")
export class VmActions extends View {
  @property({ attribute: false }) vm!: Vm;
  @state() private asking: Asking = null;
  #action = new Action(this);
  #intent = new Intent();

  #close = (): void => {
    this.asking = null;
    this.#action.clear();
  };

  #do = async (what: "stop" | "start" | "delete"): Promise<void> => {
    const { name } = this.vm;
    const done = await this.#action.run(async () => {
      if (what === "delete") return api.deleteVm(name);
      return this.#intent.run({ name, what }, (key) => api.power(name, what, key));
    });
    if (!done) return;
    this.#close();
    this.#tell(done.result);
  };

  #tell(vm: Vm | undefined): void {
    this.dispatchEvent(vm?.name ? new CustomEvent<Vm>("changed", { detail: vm }) : new Event("unsure"));
  }

  #ask(what: Asking): () => void {
    return () => {
      this.asking = what;
    };
  }

  override render() {
    const { vm } = this;
    const still = isMoving(vm);
    const machine = vm.state === "RUNNING" || vm.state === "STOPPED";
    const terms = this.asking === "extend" || this.asking === "resize" ? this.asking : null;
    const question =
      this.asking && this.asking in QUESTIONS ? QUESTIONS[this.asking as keyof typeof QUESTIONS] : null;
    return html`<div class="actions">
        ${
          machine && vm.expires_at
            ? html`<button type="button" data-testid="extend" ?disabled=${still} @click=${this.#ask("extend")}>
              ${icon(faHourglassHalf)} Extend</button>`
            : nothing
        }
        ${
          machine
            ? html`<button type="button" data-testid="resize" ?disabled=${still} @click=${this.#ask("resize")}>
              ${icon(faMaximize)} Resize</button>`
            : nothing
        }
        ${
          vm.state === "RUNNING"
            ? html`<button type="button" data-testid="stop" ?disabled=${still} @click=${this.#ask("stop")}>
              ${icon(faStop)} Stop</button>`
            : nothing
        }
        ${
          vm.state === "STOPPED"
            ? html`<button type="button" data-testid="start" ?disabled=${still} @click=${this.#ask("start")}>
              ${icon(faPlay)} Start</button>`
            : nothing
        }
        <button class="danger" type="button" data-testid="delete" ?disabled=${vm.wanted === "GONE"}
          @click=${this.#ask("delete")}>${icon(faTrashCan)} ${machine ? "Delete" : "Cancel"}</button>
      </div>
      <vmc-dialog
        heading=${terms ? `${TERMS[terms]} ${vm.name}` : (question?.heading.replace("it", vm.name) ?? "")}
        .open=${this.asking !== null}
        .content=${() => (question ? this.#confirm(question) : this.#terms(terms))}
        @dismiss=${this.#close}
      ></vmc-dialog>`;
  }

  #confirm(question: (typeof QUESTIONS)[keyof typeof QUESTIONS]) {
    const what = this.asking as keyof typeof QUESTIONS;
    return html`${question.words.map((sentence) => html`<p>${sentence}</p>`)}
      ${problemNotice(this.#action.problem)}
      <div class="actions">
        <button type="button" autofocus @click=${this.#close}>Leave it</button>
        <button class=${what === "delete" ? "danger solid" : "primary"} type="button" data-testid="confirm"
          ?disabled=${this.#action.busy} @click=${() => this.#do(what)}>${question.button}</button>
      </div>`;
  }

  /** What is priced and approved: more time, or another size. */
  #terms(which: keyof typeof TERMS | null) {
    const answered = (event: CustomEvent<Vm | undefined>) => {
      this.#close();
      this.#tell(event.detail);
    };
    if (which === "resize")
      return html`<vmc-resize .vm=${this.vm} @dismiss=${this.#close} @changed=${answered}></vmc-resize>`;
    return html`<vmc-extend .vm=${this.vm} @dismiss=${this.#close} @changed=${answered}></vmc-extend>`;
  }
}

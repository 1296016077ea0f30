import { faBan } from "@fortawesome/free-solid-svg-icons/faBan";
import { faCircleCheck } from "@fortawesome/free-solid-svg-icons/faCircleCheck";
import { faCirclePause } from "@fortawesome/free-solid-svg-icons/faCirclePause";
import { faCircleXmark } from "@fortawesome/free-solid-svg-icons/faCircleXmark";
import { faSpinner } from "@fortawesome/free-solid-svg-icons/faSpinner";
import { html, nothing, type TemplateResult } from "lit";
import type { State, Vm } from "../api/documents";
import { icon } from "./icon";

const LOOK: Record<State, { tone: string; sign: typeof faBan; words: string }> = {
  REQUESTED: { tone: "busy", sign: faSpinner, words: "Requested" },
  PROVISIONING: { tone: "busy", sign: faSpinner, words: "Provisioning" },
  RUNNING: { tone: "good", sign: faCircleCheck, words: "Running" },
  STOPPED: { tone: "idle", sign: faCirclePause, words: "Stopped" },
  DELETING: { tone: "busy", sign: faSpinner, words: "Deleting" },
  FAILED: { tone: "bad", sign: faCircleXmark, words: "Failed" },
  DELETED: { tone: "over", sign: faBan, words: "Deleted" },
};

/** Whether nothing more happens to it. */
export function isOver(vm: Vm): boolean {
  return vm.state === "FAILED" || vm.state === "DELETED";
}

/** A VM's state as a pill: colour, sign and word say the same. */
export function statePill(vm: Vm): TemplateResult {
  const look = LOOK[vm.state];
  const under = pending(vm);
  return html`<span class="pill ${under ? "busy" : look.tone}">
    ${icon(under ? faSpinner : look.sign)}<span data-testid="vm-state" data-state=${vm.state}>${look.words}</span>
    ${under ? html`<span class="under">· ${under}</span>` : nothing}
  </span>`;
}

/** What is wanted of it and not there yet, in words; null when nothing is. */
function pending(vm: Vm): string | null {
  if (vm.change && vm.wanted !== "GONE") return "being changed";
  if (vm.state === "RUNNING" && vm.wanted === "STOPPED") return "stopping";
  if (vm.state === "STOPPED" && vm.wanted === "RUNNING") return "starting";
  if ((vm.state === "RUNNING" || vm.state === "STOPPED") && vm.wanted === "GONE")
    return "about to be deleted";
  return null;
}

/** Whether something is under way that rules out another wish. */
export function isMoving(vm: Vm): boolean {
  return pending(vm) !== null || vm.state === "DELETING";
}

/** A VM's state as a sentence, for the live region. */
export function stateSentence(vm: Vm): string {
  const because = vm.reason_text ? `: ${vm.reason_text}` : "";
  return `${vm.name} is ${(pending(vm) ?? LOOK[vm.state].words).toLowerCase()}${because}`;
}

import { faCheck } from "@fortawesome/free-solid-svg-icons/faCheck";
import { faSpinner } from "@fortawesome/free-solid-svg-icons/faSpinner";
import { faXmark } from "@fortawesome/free-solid-svg-icons/faXmark";
import { html, nothing, type TemplateResult } from "lit";
import type { Change, Step, Vm } from "../api/documents";
import { recently } from "../format/time";
import { words } from "../format/words";
import { icon } from "./icon";

type Mark = "done" | "now" | "failed" | "ahead";

interface Stage {
  title: string;
  mark: Mark;
  detail: string;
}

const SIGNS = { done: faCheck, now: faSpinner, failed: faXmark } as const;

/** The way from the approval to a machine that is ready, as far as it has come. */
export function progress(vm: Vm): TemplateResult {
  return html`<ol class="stages" aria-label="Progress">
    ${stages(vm).map(
      (stage) => html`<li class=${stage.mark} aria-current=${stage.mark === "now" ? "step" : nothing}>
        <span class="mark">${stage.mark === "ahead" ? nothing : icon(SIGNS[stage.mark])}</span>
        <div>
          <strong>${stage.title}</strong>
          ${stage.detail ? html`<span class="soft">${stage.detail}</span>` : nothing}
        </div>
      </li>`,
    )}
  </ol>
  ${vm.change ? changing(vm, vm.change) : nothing}
  ${vm.steps.length ? setUp(vm.steps) : nothing}`;
}

/** What is still to come of an approved change, in its order; the first is under way. */
function changing(vm: Vm, change: Change): TemplateResult {
  const stopped = vm.state === "STOPPED";
  const left = [
    change.disk_gib ? `The disk grows to ${change.disk_gib} GiB` : "",
    change.restarts && !stopped ? "It is stopped" : "",
    change.machine_type ? `It becomes ${change.machine_type}` : "",
    change.expires_at && change.step !== "start" ? "Its own termination time is moved" : "",
    change.restarts ? "It is started again" : "",
  ].filter(Boolean);
  return html`<h3>Being changed</h3>
    <ol class="stages" aria-label="What is being changed" data-testid="changing">
      ${left.map(
        (title, at) => html`<li class=${at ? "ahead" : "now"} aria-current=${at ? nothing : "step"}>
          <span class="mark">${at ? nothing : icon(SIGNS.now)}</span><div><strong>${title}</strong></div>
        </li>`,
      )}
    </ol>`;
}

function stages(vm: Vm): Stage[] {
  const failed = vm.state === "FAILED";
  const placed = vm.region !== null;
  const up = vm.started_at !== null;
  const mark = (done: boolean, reached: boolean): Mark =>
    done ? "done" : !reached ? "ahead" : failed ? "failed" : "now";
  const ready = vm.setup === "done" || vm.setup === "failed";
  const packages = vm.spec.packages.join(", ") || "no packages asked for";
  return [
    { title: "Approved", mark: "done", detail: recently(vm.created_at) },
    { title: "Place found", mark: mark(placed || up, true), detail: vm.zone ?? vm.region ?? "" },
    { title: "Machine up", mark: mark(up, placed), detail: vm.started_at ? recently(vm.started_at) : "" },
    {
      title: vm.setup === "failed" ? "Set-up failed" : "Packages installed",
      mark: vm.setup === "failed" ? "failed" : mark(ready, up),
      detail: packages,
    },
  ];
}

function setUp(steps: Step[]): TemplateResult {
  const mark = (step: Step): Mark =>
    step.state === "failed" ? "failed" : step.state === "done" ? "done" : "now";
  return html`<h3>Set-up steps</h3>
    <ul class="steps">
      ${steps.map(
        (step) => html`<li class=${mark(step)}>
          <span class="mark">${icon(SIGNS[mark(step) as keyof typeof SIGNS])}</span>
          <span>${words(step.step)} <span class="hidden">${step.state}</span></span>
          <span class="soft">${step.detail}</span>
          <time class="soft figure" datetime=${step.at}>${recently(step.at)}</time>
        </li>`,
      )}
    </ul>`;
}

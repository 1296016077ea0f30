import { faDownload } from "@fortawesome/free-solid-svg-icons/faDownload";
import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Examples, TuningJob } from "../api/admin-documents";
import * as api from "../api/calls";
import { Intent } from "../api/intent";
import { moment, recently } from "../format/time";
import { count, words } from "../format/words";
import "../parts/dialog";
import { icon } from "../parts/icon";
import { Pages } from "../parts/pages";
import { problemNotice } from "../parts/problem";
import { Action, Loaded, View } from "../view";

const LOOK_EVERY = 5_000; // milliseconds, while a job is in progress
const STAGES = ["preparing", "validating_files", "queued", "running", "succeeded"] as const;
const TITLES = {
  preparing: "Sent",
  validating_files: "File checked",
  queued: "Queued",
  running: "Trained",
  succeeded: "Ready",
};

/** The examples that approvals gave, and the jobs that tune a model on them. Fires `vmc-tuned` when one has ended. */
@customElement("vmc-tuning")
export class Tuning extends View {
  @state() private asking = false;
  #examples = new Loaded(this, api.examples);
  #jobs = new Pages<TuningJob>(this, async (page) => {
    const answer = await api.tuningJobs(page);
    return { items: answer.jobs, next: answer.next_page_token };
  });
  #start = new Action(this);
  #look = new Action(this);
  #intent = new Intent();
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#timer = window.setInterval(this.#watch, LOOK_EVERY);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  #watch = async (): Promise<void> => {
    const moving = this.#jobs.items.find((job) => !job.finished_at);
    if (!moving || document.hidden) return;
    const done = await this.#look.run(() => api.tuningJob(moving.id));
    if (done) this.#shown(done.result);
  };

  #shown(job: TuningJob): void {
    this.#jobs.replace((other) => other.id === job.id, job);
    if (job.finished_at) window.dispatchEvent(new Event("vmc-tuned"));
  }

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const suffix = String(form.get("suffix")).trim();
    const epochs = Number(form.get("epochs"));
    const wish = { ...(suffix ? { suffix } : {}), ...(epochs ? { epochs } : {}) };
    const done = await this.#start.run(() => this.#intent.run(wish, (key) => api.startTuning(wish, key)));
    if (!done) return;
    this.asking = false;
    this.#jobs.reload();
  };

  #cancel = async (job: TuningJob): Promise<void> => {
    const done = await this.#look.run(() => api.cancelTuning(job.id));
    if (done) this.#shown(done.result);
  };

  #close = (): void => {
    this.asking = false;
    this.#start.clear();
  };

  override render() {
    const { value, problem } = this.#examples;
    const busy = this.#jobs.items.some((job) => !job.finished_at);
    return html`${problemNotice(problem, () => void this.#examples.load())} ${value ? counts(value) : nothing}
      <div class="actions">
        <button type="button" data-testid="tune" ?disabled=${busy || !value}
          @click=${() => {
            this.asking = true;
          }}>Tune a model</button>
      </div>
      ${problemNotice(this.#look.problem)}
      <ul class="rows">${this.#jobs.items.map((job) => this.#row(job))}</ul>
      ${this.#jobs.foot()}
      <vmc-dialog heading="Tune a model" .open=${this.asking} .content=${() => this.#question(value)}
        @dismiss=${this.#close}></vmc-dialog>`;
  }

  #question(examples: Examples | null) {
    return html`<form @submit=${this.#submit}>
      <p>The training set, ${count(examples?.train ?? 0, "example")}, goes to the model's provider, which bills the
        training. Requests are answered as before until you switch.</p>
      <label class="field">Name, part of the model's
        <input name="suffix" pattern="[a-z0-9\\-]{1,18}" autocomplete="off" placeholder="autumn-1" />
      </label>
      <label class="field">Epochs, or empty for the provider's choice
        <input name="epochs" type="number" inputmode="numeric" min="1" max="10" step="1" />
      </label>
      ${problemNotice(this.#start.problem)}
      <div class="actions">
        <button type="button" @click=${this.#close}>Leave it</button>
        <button class="primary" data-testid="confirm-tune" ?disabled=${this.#start.busy}>Start</button>
      </div>
    </form>`;
  }

  #row(job: TuningJob) {
    const latest = job.events[0];
    const said = job.error ?? job.problem;
    return html`<li data-testid="tuning-job" data-state=${job.state}>
      <strong class="model">${job.tuned_model ?? job.suffix ?? job.base_model}</strong>
      <span class="tag">${words(job.state)}</span>
      <span class="soft">${moment(job.created_at)} · ${count(job.examples, "example")}${
        job.trained_tokens ? ` · ${job.trained_tokens} tokens` : ""
      }${job.estimated_finish ? ` · about done ${recently(job.estimated_finish)}` : ""}</span>
      ${job.finished_at ? nothing : stages(job)}
      ${said ? html`<span class="soft">${said}</span>` : latest ? html`<span class="soft">${latest.message}</span>` : nothing}
      ${
        job.finished_at
          ? nothing
          : html`<button class="danger quiet" type="button" ?disabled=${this.#look.busy || job.state === "cancelling"}
              @click=${() => this.#cancel(job)}>Cancel the job</button>`
      }
    </li>`;
  }
}

function counts(examples: Examples) {
  const left = Object.entries(examples.left_out);
  return html`<p data-testid="examples"><strong class="figure">${examples.train}</strong> to train on,
      <strong class="figure">${examples.held_back}</strong> held back to judge by, of
      ${count(examples.approvals, "approval")}.</p>
    ${
      left.length
        ? html`<p class="soft">Left out: ${left.map(([why, many]) => `${many} ${words(why).toLowerCase()}`).join(", ")}.</p>`
        : nothing
    }
    <p class="links">
      <a href=${api.examplesFile("train")} download>${icon(faDownload)} Training examples</a>
      <a href=${api.examplesFile("held_back")} download>${icon(faDownload)} Held-back examples</a>
    </p>`;
}

function stages(job: TuningJob) {
  const at = STAGES.indexOf(job.state as (typeof STAGES)[number]);
  return html`<ol class="tuning-stages" aria-label="Progress">
    ${STAGES.map(
      (stage, number) => html`<li class=${number < at ? "done" : number === at ? "now" : "ahead"}
        aria-current=${number === at ? "step" : nothing}>${TITLES[stage]}</li>`,
    )}
  </ol>`;
}

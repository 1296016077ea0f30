import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Evaluation, Models, Standing } from "../api/admin-documents";
import * as api from "../api/calls";
import { moment } from "../format/time";
import "../parts/dialog";
import { say } from "../parts/notices";
import { problemNotice } from "../parts/problem";
import { percent, scoreBars } from "../parts/score-bars";
import { Action, Loaded, View } from "../view";

/** Which model answers requests, how others compare with it, and the switch to another and back. */
@customElement("vmc-models")
export class ModelChoice extends View {
  @state() private asking: string | null = null;
  @state() private evaluation: Evaluation | null = null;
  #models = new Loaded(this, api.models);
  #evaluate = new Action(this);
  #switch = new Action(this);
  #stop = new AbortController();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = new AbortController();
    window.addEventListener("vmc-tuned", this.#reload);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop.abort();
    window.removeEventListener("vmc-tuned", this.#reload);
  }

  #reload = (): void => void this.#models.load();

  /** Call after call, a few examples each, until both models were asked about all of them, or the provider gives up. */
  #judge = async (model: string): Promise<void> => {
    const { signal } = this.#stop;
    const done = await this.#evaluate.run(async () => {
      do this.evaluation = await api.evaluateModel(model, signal);
      while (!whole(this.evaluation) && !this.evaluation.problem && !signal.aborted);
    });
    if (done) await this.#models.load();
  };

  #confirmed = async (event: SubmitEvent, model: string): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const reason = form.get("reason");
    const done = await this.#switch.run(() =>
      api.switchModel(model, reason === null ? null : String(reason)),
    );
    if (!done) return;
    this.#models.set(done.result);
    this.evaluation = null;
    this.#close();
    say(`${model} answers from now on`);
  };

  #close = (): void => {
    this.asking = null;
    this.#switch.clear();
  };

  override render() {
    const { value, problem } = this.#models;
    if (!value) return problemNotice(problem, this.#reload);
    if (!value.configured) return html`<p class="soft">No model is configured: rules alone answer.</p>`;
    return html`<p>Answering now: <strong class="model" data-testid="current-model">${value.current}</strong></p>
      <ul class="rows">${value.candidates.map((each) => this.#row(each, value))}</ul>
      ${problemNotice(this.#evaluate.problem)} ${this.evaluation ? this.#result(this.evaluation) : nothing}
      ${history(value)}
      <vmc-dialog heading="Let another model answer?" .open=${this.asking !== null}
        .content=${() => this.#question(value, this.asking ?? "")} @dismiss=${this.#close}></vmc-dialog>`;
  }

  #row(candidate: Models["candidates"][number], { current, held_back }: Models) {
    const { model, score } = candidate;
    const now = model === current;
    return html`<li>
      <strong class="model">${model}</strong>
      ${now ? html`<span class="tag">answers now</span>` : nothing}
      <span class="soft">${
        score.scored
          ? `${percent(score.all_right)} wholly as approved, of ${score.scored} of ${held_back} asked`
          : "not evaluated yet"
      }${candidate.finished_at ? ` · tuned ${moment(candidate.finished_at)}` : ""}</span>
      <span class="actions">
        <button type="button" ?disabled=${this.#evaluate.busy || !held_back} @click=${() => this.#judge(model)}>
          Evaluate<span class="hidden"> ${model}</span></button>
        ${
          now
            ? nothing
            : html`<button type="button" data-testid="switch-model" @click=${() => {
                this.asking = model;
              }}>Switch to it<span class="hidden">: ${model}</span></button>`
        }
      </span>
    </li>`;
  }

  #result(evaluation: Evaluation) {
    const { candidate, current, held_back } = evaluation;
    const same = candidate.model === current.model;
    const standings: Standing[] = same ? [candidate] : [candidate, current];
    const asked = standings.reduce((sum, each) => sum + each.scored, 0);
    const all = held_back * standings.length;
    return html`<div class="card" data-testid="evaluation">
      <h3>On ${held_back} held-back examples</h3>
      ${
        asked < all
          ? html`<label class="field">${asked} of ${all} asked
              <progress max=${all} .value=${asked}></progress></label>`
          : nothing
      }
      ${evaluation.problem ? html`<p class="notice bad" role="alert">${evaluation.problem} Evaluate again to go on.</p>` : nothing}
      ${scoreBars(standings)}
    </div>`;
  }

  #question(models: Models, model: string) {
    const back = model === models.configured;
    const score = (name: string | null) => models.candidates.find((each) => each.model === name)?.score;
    const judged = back || (score(model)?.complete && (score(models.current)?.complete ?? false));
    return html`<form @submit=${(event: SubmitEvent) => this.#confirmed(event, model)}>
      <p><strong class="model">${model}</strong> will answer new requests, within half a minute everywhere.
        ${back ? "It is the configured one." : nothing}</p>
      ${
        judged
          ? nothing
          : html`<p>It is not yet evaluated on all held-back examples. Switch only if you know why.</p>
            <label class="field">Reason, for the audit log
              <input name="reason" required maxlength="500" autocomplete="off" />
            </label>`
      }
      ${problemNotice(this.#switch.problem)}
      <div class="actions">
        <button type="button" autofocus @click=${this.#close}>Leave it</button>
        <button class="primary" data-testid="confirm-switch" ?disabled=${this.#switch.busy}>Switch</button>
      </div>
    </form>`;
  }
}

function whole(evaluation: Evaluation): boolean {
  return evaluation.candidate.complete && evaluation.current.complete;
}

function history(models: Models) {
  if (!models.history.length) return nothing;
  return html`<details>
    <summary>Switches so far</summary>
    <ul class="rows">
      ${models.history.map(
        (each) => html`<li>
          <span class="figure">${moment(each.at)}</span> <span class="model">${each.from} → ${each.to}</span>
          <span class="soft">by ${each.actor}${each.forced ? `, without evaluation: ${each.forced}` : ""}</span>
        </li>`,
      )}
    </ul>
  </details>`;
}

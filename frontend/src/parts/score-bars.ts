import { html, nothing, type TemplateResult } from "lit";
import type { Standing } from "../api/admin-documents";
import { words } from "../format/words";

/** A share as a whole percentage: "92 %"; a dash before anything was asked. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)} %`;
}

interface Line {
  title: string;
  shares: (number | null)[];
  figures: string[];
}

/**
 * What models have reached on the held-back examples, side by side: a line for each measure, in it a bar and a figure
 * for each model, in the order of the legend.
 */
export function scoreBars(standings: Standing[]): TemplateResult {
  return html`<div class="scores">
    <ul class="legend" aria-hidden="true">
      ${standings.map((each, at) => html`<li><span class="dot hue-${at}"></span>${each.model}</li>`)}
    </ul>
    <ul class="bars" aria-label="Scores">${lines(standings).map((line) => row(line, standings))}</ul>
  </div>`;
}

function lines(standings: Standing[]): Line[] {
  const fields = [...new Set(standings.flatMap((each) => Object.keys(each.fields)))];
  const share = (title: string, of: (each: Standing) => number | null): Line => {
    const shares = standings.map(of);
    return { title, shares, figures: shares.map(percent) };
  };
  const mean = (title: string, of: (each: Standing) => number | null, unit: string): Line => {
    const values = standings.map(of);
    const most = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
    const figures = values.map((value) => (value === null ? "–" : `${Number(value.toPrecision(3))} ${unit}`));
    return { title, shares: values.map((value) => (value === null ? null : value / most)), figures };
  };
  return [
    share("Whole answer as approved", (each) => each.all_right),
    ...fields.map((field) => share(words(field), (each) => each.fields[field] ?? null)),
    share("Answers that were repaired", (each) => each.repaired),
    share("Left to the rules", (each) => each.fell_back),
    mean("Time for an answer", (each) => each.seconds, "s"),
    mean("Tokens for an answer", (each) => each.tokens, ""),
  ];
}

function row(line: Line, standings: Standing[]): TemplateResult {
  return html`<li>
    <span>${line.title}</span>
    <span class="pair-of-bars" aria-hidden="true">
      ${line.shares.map(
        (share, at) =>
          html`<span class="bar"><span class="hue-${at}" .style=${`--share: ${share ?? 0}`}></span></span>`,
      )}
    </span>
    <span class="figure">
      ${line.figures.map(
        (figure, at) =>
          html`${at ? " · " : nothing}<span class="hidden">${standings[at]?.model}: </span>${figure}`,
      )}
    </span>
  </li>`;
}

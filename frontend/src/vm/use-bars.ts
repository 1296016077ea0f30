import { html, svg, type TemplateResult } from "lit";
import type { Use } from "../api/use-documents";
import { durationInWords, moment } from "../format/time";
import { percent } from "../format/words";

const STEP = 6;
const GAP = 1;
const HEIGHT = 40;
const LEAST = 0.5; // of HEIGHT: a use that is not nothing can be seen
const LEAST_SHOWN = 24; // bars: however few are known, one is not as wide as hours
const SHOWN = 72; // half a day of ten minutes each

/** The CPU's use drawn, a bar for each period, to one scale from nothing to all of it. */
export function useBars(use: Use): TemplateResult {
  const samples = use.samples.slice(-SHOWN);
  const most = Math.max(1, ...samples.map(({ cpu }) => cpu));
  const first = samples[0];
  if (!first) return html``;
  const busiest = samples.reduce((one, other) => (other.cpu > one.cpu ? other : one), first);
  const told = `${samples.length} periods of ${durationInWords(use.period)} since ${moment(use.since)}; the busiest, until ${moment(busiest.until)}, used ${percent(busiest.cpu)}.`;
  return html`<figure class="use-bars">
    <svg viewBox="0 0 ${Math.max(LEAST_SHOWN, samples.length) * STEP - GAP} ${HEIGHT}" preserveAspectRatio="none" role="img"
      aria-labelledby="use-title use-told">
      <title id="use-title">Use of the CPU</title>
      <desc id="use-told">${told}</desc>
      ${samples.map(({ cpu }, at) => {
        const height = cpu ? Math.max(LEAST, (cpu / most) * HEIGHT) : 0;
        return svg`<rect class="space" x=${at * STEP} y="0" width=${STEP - GAP} height=${HEIGHT}></rect>
          <rect class="used" x=${at * STEP} y=${HEIGHT - height} width=${STEP - GAP} height=${height}></rect>`;
      })}
    </svg>
    <figcaption class="soft"><span>CPU, of ${percent(most)}</span><span>busiest ${percent(busiest.cpu)}</span></figcaption>
  </figure>`;
}

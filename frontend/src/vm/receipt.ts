import { faCircleCheck } from "@fortawesome/free-solid-svg-icons/faCircleCheck";
import { faTriangleExclamation } from "@fortawesome/free-solid-svg-icons/faTriangleExclamation";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import * as api from "../api/calls";
import type { Receipt } from "../api/documents";
import { moneyColumn } from "../format/money";
import { moment } from "../format/time";
import { words } from "../format/words";
import { costBar } from "../parts/cost-bar";
import { icon } from "../parts/icon";
import { problemNotice } from "../parts/problem";
import { Loaded, View } from "../view";

/** The proof that a machine is gone: every resource read back as not found, and what it cost against the quote. */
@customElement("vmc-receipt")
export class ReceiptView extends View {
  @property() name = "";
  #receipt = new Loaded(this, () => api.receipt(this.name));

  override render() {
    const receipt = this.#receipt.value;
    return html`<section class="card receipt" data-testid="receipt">
      <h2>Receipt</h2>
      ${problemNotice(this.#receipt.problem, () => void this.#receipt.load())}
      ${receipt ? whole(receipt) : nothing}
    </section>`;
  }
}

function whole(receipt: Receipt): TemplateResult {
  const gone = receipt.resources.every((resource) => !resource.found);
  return html`<p class="verdict ${gone ? "good" : "bad"}">
      ${icon(gone ? faCircleCheck : faTriangleExclamation)}
      ${gone ? "Everything it had was read back as not found." : "Something it had was still there when looked for."}
    </p>
    <table class="resources">
      <thead><tr><th scope="col">Resource</th><th scope="col">Looked for</th><th scope="col">Found</th></tr></thead>
      <tbody>
        ${receipt.resources.map(
          (resource) => html`<tr>
            <th scope="row">${words(resource.kind)} <code>${resource.id}</code></th>
            <td>${moment(resource.checked_at)}</td>
            <td><span class="tag ${resource.found ? "bad" : "good"}">${resource.found ? "found" : "not found"}</span></td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${costs(receipt)}
    ${receipt.state_location ? html`<p class="soft">Terraform state: <code>${receipt.state_location}</code></p>` : nothing}
    ${seal(receipt.seal)}`;
}

/** What to compare with the chain of seals, and with the heads in its bucket. */
function seal(sealed: Receipt["seal"]) {
  return sealed
    ? html`<p class="soft" data-testid="seal">Seal ${sealed.number}: <code>${sealed.hash}</code></p>`
    : nothing;
}

/** Metered against agreed, drawn to one scale; what a late death added on a line of its own. */
function costs(receipt: Receipt): TemplateResult {
  const { quoted, metered, late, currency } = receipt;
  const bars = [
    { name: "Agreed, at most", sum: quoted.approved_total },
    { name: "Metered", sum: metered.total },
    ...(Number(late.total) > 0 ? [{ name: "After its end", sum: late.total }] : []),
  ];
  const scale = Math.max(...bars.map((bar) => Number(bar.sum)), Number.MIN_VALUE);
  const written = moneyColumn(
    bars.map((bar) => bar.sum),
    currency,
  );
  return html`<h3>Cost</h3>
    <ul class="bars">
      ${bars.map(
        (bar) => html`<li>
          <span>${bar.name}</span>
          <span class="bar" aria-hidden="true"><span .style=${`--share: ${Number(bar.sum) / scale}`}></span></span>
          <span class="figure">${written(bar.sum)}</span>
        </li>`,
      )}
    </ul>
    ${metered.lines.length ? costBar(metered.lines, currency) : nothing}`;
}

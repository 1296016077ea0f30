import { html, nothing, type TemplateResult } from "lit";
import type { Catalog, MachineType } from "../api/documents";
import { machineSize } from "../format/words";
import { machineNamed } from "./fit";

/** A machine type from the list, or any other by its name: the server says whether there is such a one. */
export function machineField(
  current: string,
  catalog: Catalog | null,
  choose: (name: string) => void,
): TemplateResult {
  const types = catalog?.machine_types ?? [];
  const series = [...new Set(types.map((type) => type.series))];
  const listed = types.some((type) => type.name === current);
  const unlisted = listed || !catalog ? undefined : machineNamed(current, catalog);
  const option = (type: MachineType) => html`<option value=${type.name} .selected=${type.name === current}>
      ${type.name} — ${machineSize(type)}
    </option>`;
  const picked = (event: Event) => {
    const select = event.target as HTMLSelectElement;
    // What was typed and is no name would hold the form up.
    if (select.nextElementSibling instanceof HTMLInputElement) select.nextElementSibling.value = "";
    choose(select.value);
  };
  const typed = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const name = input.value.trim().toLowerCase();
    if (name && input.reportValidity()) choose(name);
  };
  return html`<div class="pair wide">
    <select id="spec-machine_type" @change=${picked}>
      ${
        listed
          ? nothing
          : html`<option value=${current} selected>
            ${current}${unlisted ? ` — ${machineSize(unlisted)}` : ""}</option>`
      }
      ${series.map(
        (name) => html`<optgroup label=${name.toUpperCase()}>
        ${types.filter((type) => type.series === name).map(option)}</optgroup>`,
      )}
    </select>
    <input aria-label="Another type, by its name" placeholder="or a name: n2-custom-6-20480"
      autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="63"
      pattern="\\s*[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+\\s*" title="A name as Compute Engine writes it: n2-custom-6-20480"
      .value=${listed ? "" : current} @change=${typed} />
  </div>`;
}

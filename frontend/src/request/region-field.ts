import { html, type TemplateResult } from "lit";
import type { Catalog, RegionWish } from "../api/documents";

/** Where it shall be: anywhere, best in one region, or there and nowhere else; one list says it. */
export function regionField(
  wish: RegionWish | null,
  catalog: Catalog | null,
  choose: (wish: RegionWish | null) => void,
): TemplateResult {
  const current = wish?.must ? `must:${wish.must}` : wish?.prefer ? `prefer:${wish.prefer}` : "";
  const named = wish?.must ?? wish?.prefer;
  const regions = catalog?.regions ?? (named ? [{ id: named, city: named }] : []);
  const change = (event: Event) => {
    const [how, id] = (event.target as HTMLSelectElement).value.split(":");
    choose(
      how === "must" && id
        ? { must: id, prefer: null }
        : how === "prefer" && id
          ? { must: null, prefer: id }
          : null,
    );
  };
  const group = (how: "prefer" | "must", label: string) => html`<optgroup label=${label}>
    ${regions.map((region) => {
      const value = `${how}:${region.id}`;
      return html`<option value=${value} .selected=${value === current}>
        ${how === "must" ? "Only" : "Best"} ${region.id} — ${region.city}
      </option>`;
    })}
  </optgroup>`;
  return html`<select id="spec-region" @change=${change}>
    <option value="" .selected=${current === ""}>Anywhere there is room</option>
    ${group("prefer", "Best here, else elsewhere")} ${group("must", "Here and nowhere else")}
  </select>`;
}

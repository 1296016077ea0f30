import type { IconDefinition } from "@fortawesome/free-solid-svg-icons";
import { svg, type TemplateResult } from "lit";

/** A Font Awesome icon, drawn inline. It is decoration: the words beside it, or its button's label, say what it means. */
export function icon(definition: IconDefinition): TemplateResult {
  const [width, height, , , path] = definition.icon;
  const shape = Array.isArray(path) ? path.join(" ") : path;
  return svg`<svg class="icon" viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">
    <path d=${shape}></path>
  </svg>`;
}

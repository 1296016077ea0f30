import { html, type TemplateResult } from "lit";

/** A whole number of an admin's row. */
export function numberField(name: string, label: string, value: number): TemplateResult {
  return html`<label class="field">${label}
    <input name=${name} type="number" inputmode="numeric" min="0" max="100000" step="1" required .value=${String(value)} />
  </label>`;
}

/** Those of the wishes that differ from what is: only they are sent, so that nobody's change is undone by another's. */
export function changedOf<Wish extends object>(now: Wish, wish: Wish): Partial<Wish> {
  const keys = Object.keys(wish) as (keyof Wish)[];
  return Object.fromEntries(
    keys.filter((key) => wish[key] !== now[key]).map((key) => [key, wish[key]]),
  ) as Partial<Wish>;
}

import { html, type TemplateResult } from "lit";
import { durationInWords } from "../format/time";

export const OFF = "off";
const USUAL = ["30m", "1h", "2h", "4h", "8h", "12h"];

/** After being idle for how long a machine is stopped: the field `idle_stop` of a form. */
export function idleField(
  current: string,
  label: string,
  choose: (wish: string) => void = () => {},
): TemplateResult {
  const lengths = USUAL.includes(current) || current === OFF ? USUAL : [current, ...USUAL];
  return html`<label class="field">${label}
    <select name="idle_stop" data-testid="idle-stop"
      @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      <option value=${OFF} .selected=${current === OFF}>Leave it running</option>
      ${lengths.map(
        (length) => html`<option value=${length} .selected=${current === length}>
          Stop it after ${durationInWords(length)} idle</option>`,
      )}
    </select>
  </label>`;
}

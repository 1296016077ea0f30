import { faCircleQuestion } from "@fortawesome/free-solid-svg-icons/faCircleQuestion";
import { html, type TemplateResult } from "lit";
import type { Question } from "../api/documents";
import { icon } from "../parts/icon";

/** What is asked back, each with ready answers; another one can be typed below. */
export function questions(
  asked: Question[],
  busy: boolean,
  answer: (text: string) => void,
): TemplateResult[] {
  return asked.map(
    (each) => html`<div class="notice warn asked">
      ${icon(faCircleQuestion)}
      <div>
        <p><strong>${each.question}</strong></p>
        <div class="chips" role="group" aria-label=${each.question}>
          ${each.answers.map(
            (text) =>
              html`<button class="chip" type="button" ?disabled=${busy} @click=${() => answer(text)}>${text}</button>`,
          )}
        </div>
      </div>
    </div>`,
  );
}

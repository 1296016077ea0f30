import type { Spec, Suggestion } from "./api/documents";

/** What a person is asking for and has edited so far. It survives a reload and a sign-in, not the tab. */
export interface Draft {
  text: string;
  suggestion: Suggestion | null;
  spec: Spec | null;
}

const KEY = "draft";
const EMPTY: Draft = { text: "", suggestion: null, spec: null };

export function loadDraft(): Draft {
  try {
    return { ...EMPTY, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { ...EMPTY };
  }
}

export function saveDraft(draft: Draft): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch {
    // Storage is refused or full: the draft lives as long as the view.
  }
}

export function dropDraft(): void {
  saveDraft(EMPTY);
}

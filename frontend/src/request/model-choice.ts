/**
 * Whether the model may see one's words. A no stands on this device until it is taken back: for every request, and
 * every change to one.
 */

const KEY = "no-model";
let refused = false;

export function mayUseModel(): boolean {
  try {
    return localStorage.getItem(KEY) === null && !refused;
  } catch {
    return !refused;
  }
}

export function letModel(use: boolean): void {
  refused = !use;
  try {
    if (use) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "1");
  } catch {
    // Storage is refused: the choice lasts until the page is closed.
  }
}

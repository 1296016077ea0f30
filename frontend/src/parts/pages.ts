import { html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import { Loaded } from "../view";
import { problemNotice } from "./problem";

interface Answer<Item> {
  items: Item[];
  next: string | null;
}

/** A list that comes a page at a time: the first with its view, the next on demand. */
export class Pages<Item> {
  readonly #loaded: Loaded<Answer<Item>>;
  #wanted: string | null = null;

  constructor(
    host: ReactiveControllerHost,
    private readonly fetch: (page: string | null) => Promise<Answer<Item>>,
  ) {
    this.#loaded = new Loaded(host, async () => {
      const page = this.#wanted;
      const answer = await this.fetch(page);
      const before = page === null ? [] : this.items;
      return { items: [...before, ...answer.items], next: answer.next };
    });
  }

  get items(): Item[] {
    return this.#loaded.value?.items ?? [];
  }

  /** Whether the first page has come. */
  get known(): boolean {
    return this.#loaded.value !== null;
  }

  /** Put one item in the place of another, or take it away. */
  replace(which: (item: Item) => boolean, by: Item | null): void {
    const items = this.items.flatMap((item) => (which(item) ? (by === null ? [] : [by]) : [item]));
    this.#loaded.set({ items, next: this.#loaded.value?.next ?? null });
  }

  /** From the first page again. */
  reload = (): void => {
    this.#wanted = null;
    void this.#loaded.load();
  };

  #more = (): void => {
    this.#wanted = this.#loaded.value?.next ?? null;
    void this.#loaded.load();
  };

  /** What stands below the list: a failure, the way to more, or a sign that it is coming. */
  foot(): TemplateResult | typeof nothing {
    const { value, problem, busy } = this.#loaded;
    if (problem) return problemNotice(problem, () => void this.#loaded.load());
    if (!value)
      return html`<div class="skeleton" role="status"><span class="hidden">Loading…</span><span></span><span></span></div>`;
    if (!value.next) return nothing;
    return html`<button type="button" ?disabled=${busy} @click=${this.#more}>${busy ? "Loading…" : "Show more"}</button>`;
  }
}

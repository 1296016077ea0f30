import { LitElement, type ReactiveController, type ReactiveControllerHost } from "lit";
import { Problem } from "./api/client";
import { session } from "./session";

/**
 * The base of every element of the page. It renders into the document itself, not into a shadow root: one style
 * sheet serves all, and labels, password managers and aria references work across elements.
 */
export abstract class View extends LitElement {
  override connectedCallback(): void {
    this.classList.add("view");
    super.connectedCallback();
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = "The page made a mistake of its own. Reload it; if it stays so, tell your administrator.";
  return new Problem(0, "page_error", "That did not work", detail, { cause: String(error) });
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * Something that a view shows and that has to be fetched first; fetched again on `load()`, the old one shown meanwhile.
 * What an ended session kept from it is fetched once the person has signed in again.
 */
export class Loaded<T> implements ReactiveController {
  value: T | null = null;
  problem: Problem | null = null;
  busy = false;
  #round = 0;
  #unwatch: () => void = () => {};

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly fetch: () => Promise<T>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#unwatch = session.onRenewal(() => {
      if (this.problem?.status === 401) void this.load();
    });
    void this.load();
  }

  hostDisconnected(): void {
    this.#unwatch();
  }

  /** Fetch (again). An answer that a later call has overtaken is dropped. */
  async load(): Promise<void> {
    const round = ++this.#round;
    this.busy = true;
    this.host.requestUpdate();
    try {
      const value = await this.fetch();
      if (round === this.#round) Object.assign(this, { value, problem: null });
    } catch (error) {
      if (round === this.#round) this.problem = asProblem(error);
    }
    if (round === this.#round) this.busy = false;
    this.host.requestUpdate();
  }

  /** Replace what is shown, knowing better than a fetch under way. */
  set(value: T): void {
    this.#round++;
    Object.assign(this, { value, busy: false, problem: null });
    this.host.requestUpdate();
  }
}

/** Something that a person does: one at a time, its failure kept for the view to show. */
export class Action {
  busy = false;
  problem: Problem | null = null;

  constructor(private readonly host: ReactiveControllerHost) {}

  /** Run it unless it runs already. The result, or null when it failed (see `problem`) or was not run. */
  async run<T>(what: () => Promise<T>): Promise<{ result: T } | null> {
    if (this.busy) return null;
    Object.assign(this, { busy: true, problem: null });
    this.host.requestUpdate();
    try {
      return { result: await what() };
    } catch (error) {
      if (!isAbort(error)) this.problem = asProblem(error);
      return null;
    } finally {
      this.busy = false;
      this.host.requestUpdate();
    }
  }

  clear(): void {
    this.problem = null;
    this.host.requestUpdate();
  }
}

/** Re-renders its view each second, for countdowns. */
export class EachSecond implements ReactiveController {
  #timer = 0;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = window.setInterval(() => this.host.requestUpdate(), 1_000);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}

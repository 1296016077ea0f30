import type { ReactiveController, ReactiveControllerHost } from "lit";
import * as api from "./api/calls";
import { Problem } from "./api/client";
import type { Quote, Spec } from "./api/documents";
import { heardFromServer, now } from "./clock";
import { session } from "./session";

const PAUSE = 350;
/** A quote is asked for again this long before it ends, so that an approval never meets an expired one by a hair. */
const MARGIN = 20_000;

/** The price of the spec under edit: asked for again after each pause in editing, and before the quote expires. */
export class Pricing implements ReactiveController {
  quote: Quote | null = null;
  busy = false;
  problem: Problem | null = null;
  #spec: Spec | null = null;
  #timer = 0;
  #renewal = 0;
  #abort = new AbortController();
  #unwatch: () => void = () => {};

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly vm: () => string | null = () => null,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#unwatch = session.onRenewal(() => {
      if (this.problem?.status === 401) this.again();
    });
  }

  hostDisconnected(): void {
    this.#unwatch();
    this.#halt();
  }

  /** Start from a spec whose quote is at hand. */
  start(spec: Spec, quote: Quote): void {
    this.#halt();
    this.#spec = spec;
    this.#answered(quote);
  }

  /** Price a spec: at once, or after the pause that ends a burst of edits. */
  price(spec: Spec, pause = PAUSE): void {
    this.#halt();
    this.#spec = spec;
    this.busy = true;
    this.host.requestUpdate();
    this.#timer = window.setTimeout(() => void this.#ask(spec), pause);
  }

  /** Ask for the same again, after a failure. */
  again = (): void => {
    if (this.#spec) this.price(this.#spec, 0);
  };

  #halt(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #ask(spec: Spec): Promise<void> {
    const { signal } = this.#abort;
    try {
      this.#answered(await api.quote(spec, this.vm(), signal));
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem)) return;
      Object.assign(this, { busy: false, problem: error });
      this.host.requestUpdate();
    }
  }

  #answered(quote: Quote): void {
    heardFromServer(quote.priced_at);
    Object.assign(this, { quote, busy: false, problem: null });
    const rest = Date.parse(quote.valid_until) - now() - MARGIN;
    this.#renewal = window.setTimeout(this.again, Math.max(rest, 1_000));
    this.host.requestUpdate();
  }
}

import { heardFromServer } from "../clock";
import type { LiveEvent } from "./documents";

export type Connection = "connecting" | "live" | "waiting" | "paused";

interface Listener {
  event(event: LiveEvent): void;
  connection(state: Connection): void;
  /** The server refused the stream for good (not a lost connection): perhaps the session ended. */
  refused(): void;
}

const FIRST_RETRY = 1_000;
const LAST_RETRY = 30_000;

/**
 * A live stream of VM events that outlives what ends one: a lost connection, the server's own end after ten
 * minutes, a hidden page (which closes its stream, and resumes when it is seen again). It resumes after the last
 * event it saw, so nothing is missed and nothing comes twice.
 */
export class Stream {
  #source: EventSource | null = null;
  #retry = FIRST_RETRY;
  #timer = 0;

  constructor(
    private readonly path: string,
    private readonly listener: Listener,
    private last: string | null = null,
  ) {
    document.addEventListener("visibilitychange", this.#visibility);
    window.addEventListener("online", this.#visibility);
    this.#visibility();
  }

  close(): void {
    document.removeEventListener("visibilitychange", this.#visibility);
    window.removeEventListener("online", this.#visibility);
    this.#stop();
  }

  #visibility = (): void => {
    this.#stop();
    if (document.hidden) this.listener.connection("paused");
    else this.#open();
  };

  #stop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open(): void {
    const after = this.last === null ? "" : `?after=${encodeURIComponent(this.last)}`;
    const source = new EventSource(`/api${this.path}${after}`);
    this.#source = source;
    this.listener.connection("connecting");
    source.addEventListener("open", () => {
      this.#retry = FIRST_RETRY;
      this.listener.connection("live");
    });
    source.addEventListener("vm", (message) => this.#heard(message));
    source.addEventListener("end", () => this.#again(0));
    source.addEventListener("error", () => this.#lost(source));
  }

  #heard(message: MessageEvent<string>): void {
    if (message.lastEventId) this.last = message.lastEventId;
    const event = JSON.parse(message.data) as LiveEvent;
    heardFromServer(event.at);
    this.listener.event(event);
  }

  /** The browser retries a lost connection by itself, at one fixed pace and never after an error status: not enough. */
  #lost(source: EventSource): void {
    if (source.readyState === EventSource.CLOSED) this.listener.refused();
    this.#again(this.#retry * (0.5 + Math.random()));
    this.#retry = Math.min(this.#retry * 2, LAST_RETRY);
  }

  #again(delay: number): void {
    this.#stop();
    this.listener.connection(delay > 0 ? "waiting" : "connecting");
    this.#timer = window.setTimeout(() => this.#open(), delay);
  }
}

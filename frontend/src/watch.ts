import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { LiveEvent } from "./api/documents";
import { type Connection, Stream } from "./api/stream";
import { session } from "./session";

/** Keeps a live stream open while its view is on the page. */
export class Watch implements ReactiveController {
  connection: Connection = "connecting";
  #stream: Stream | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly heard: (event: LiveEvent) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {}

  hostDisconnected(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  /** Open the stream, from after an event on where one is known. */
  open(path: string, after: string | null = null): void {
    this.#stream?.close();
    const listener = {
      event: this.heard,
      connection: (state: Connection) => {
        this.connection = state;
        this.host.requestUpdate();
      },
      // Asking who is signed in finds out whether the session ended; if it did, the page asks for the password.
      refused: () => void session.refresh().catch(() => {}),
    };
    this.#stream = new Stream(path, listener, after);
  }
}

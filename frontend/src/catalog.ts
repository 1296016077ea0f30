import { say } from "./parts/notices";
import { session, WatchSession } from "./session";

/** Has the catalogue loaded for its view, wherever the person came in, and re-renders it when the catalogue is there. */
export class WithCatalog extends WatchSession {
  override hostConnected(): void {
    super.hostConnected();
    void session
      .loadCatalog()
      .catch(() =>
        say("The catalogue did not load: some choices and names are missing. Reload to try again."),
      );
  }
}

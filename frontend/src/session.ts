/** Who is signed in, and what the platform says of itself: one store that views subscribe to. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Me, Preferences } from "./api/account-documents";
import * as api from "./api/calls";
import { Problem, setCsrfToken, whenSignedOut } from "./api/client";
import type { Catalog, Health } from "./api/documents";
import { dropDraft } from "./draft";
import { showTimesIn } from "./format/time";
import { chooseTheme } from "./theme";

type Watcher = () => void;

class Session {
  /** null: nobody; undefined: not asked yet. */
  me: Me | null | undefined = undefined;
  health: Health | null = null;
  catalog: Catalog | null = null;
  /** The session ended while somebody worked: their password is asked for over the page as it stands. */
  ended = false;
  problem: Problem | null = null;
  #watchers = new Set<Watcher>();
  #catalog: Promise<Catalog> | null = null;

  constructor() {
    whenSignedOut(() => this.#end());
  }

  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Call back when somebody whose session had ended has signed in again. */
  onRenewal(callback: () => void): () => void {
    let ended = this.ended;
    return this.watch(() => {
      if (ended && !this.ended && this.me) callback();
      ended = this.ended;
    });
  }

  /** Ask the platform who this is. Nobody is an answer; no answer is a problem. */
  async open(): Promise<void> {
    this.problem = null;
    const health = api.health().catch(() => null);
    try {
      this.#become(await api.me());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) this.#become(null);
      else this.problem = error;
    }
    this.health = await health;
    this.changed();
  }

  /** Sign in; where somebody else's session had ended, nothing of theirs stays on the page. */
  async signIn(email: string, password: string): Promise<void> {
    const before = this.me?.id;
    const { csrf_token } = await api.signIn(email, password);
    setCsrfToken(csrf_token);
    const me = await api.me();
    if (before && before !== me.id) {
      dropDraft();
      location.assign("/");
      return;
    }
    this.#become(me);
    this.changed();
  }

  async signOut(): Promise<void> {
    await api.signOut();
    dropDraft();
    this.#become(null);
    this.#catalog = null;
    this.changed();
  }

  /** Read the account again: its use, or what a setting changed. */
  async refresh(): Promise<void> {
    this.#become(await api.me());
    this.changed();
  }

  /** Set these preferences, and leave the others. */
  async prefer(preferences: Partial<Preferences>): Promise<void> {
    this.#become(await api.savePreferences(preferences));
    this.changed();
  }

  /** The catalogue, fetched once. */
  async loadCatalog(): Promise<Catalog> {
    this.#catalog ??= api.catalog();
    try {
      this.catalog = await this.#catalog;
    } catch (error) {
      this.#catalog = null;
      throw error;
    }
    this.changed();
    return this.catalog;
  }

  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #become(me: Me | null): void {
    this.me = me;
    this.ended = false;
    setCsrfToken(me?.csrf_token ?? "");
    showTimesIn(me?.preferences.timezone ?? null);
    if (me?.preferences.theme) chooseTheme(me.preferences.theme);
  }

  #end(): void {
    if (!this.me) return;
    this.ended = true;
    this.changed();
  }
}

export const session = new Session();

/** Re-renders its view when the session changes. */
export class WatchSession implements ReactiveController {
  #unwatch: () => void = () => {};

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#unwatch = session.watch(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.#unwatch();
  }
}

import { faChartColumn } from "@fortawesome/free-solid-svg-icons/faChartColumn";
import { faCircleHalfStroke } from "@fortawesome/free-solid-svg-icons/faCircleHalfStroke";
import { faClockRotateLeft } from "@fortawesome/free-solid-svg-icons/faClockRotateLeft";
import { faEarthAmericas } from "@fortawesome/free-solid-svg-icons/faEarthAmericas";
import { faMoon } from "@fortawesome/free-solid-svg-icons/faMoon";
import { faPlus } from "@fortawesome/free-solid-svg-icons/faPlus";
import { faServer } from "@fortawesome/free-solid-svg-icons/faServer";
import { faShieldHalved } from "@fortawesome/free-solid-svg-icons/faShieldHalved";
import { faSun } from "@fortawesome/free-solid-svg-icons/faSun";
import { faUser } from "@fortawesome/free-solid-svg-icons/faUser";
import { html, nothing } from "lit";
import { customElement, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import "./pages/sign-in";
import "./parts/dialog";
import { icon } from "./parts/icon";
import "./parts/notices";
import { problemNotice } from "./parts/problem";
import { followLinks, MOVED } from "./router";
import { type Route, routeOf } from "./routes";
import { session, WatchSession } from "./session";
import { chooseTheme, currentTheme, type Theme } from "./theme";
import { View } from "./view";

const NAVIGATION = [
  { path: "/request", label: "New", sign: faPlus },
  { path: "/vms", label: "Machines", sign: faServer },
  { path: "/regions", label: "Regions", sign: faEarthAmericas },
  { path: "/costs", label: "Costs", sign: faChartColumn },
  { path: "/history", label: "History", sign: faClockRotateLeft },
  { path: "/account", label: "Account", sign: faUser },
];
const ADMIN = { path: "/admin", label: "Admin", sign: faShieldHalved };
const THEMES: Record<Theme, { next: Theme; sign: typeof faSun }> = {
  system: { next: "light", sign: faCircleHalfStroke },
  light: { next: "dark", sign: faSun },
  dark: { next: "system", sign: faMoon },
};

/** The page's frame: navigation, the view of the address, sign-in where it is needed. */
@customElement("vmc-app")
export class App extends View {
  @state() private route = routeOf(location.pathname);

  constructor() {
    super();
    new WatchSession(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    followLinks();
    window.addEventListener(MOVED, () => void this.#moved());
    document.title = titleOf(this.route);
    void session.open();
  }

  /** Show the new address's view; its heading gets the focus, as a loaded page's would. */
  async #moved(): Promise<void> {
    this.route = routeOf(location.pathname);
    document.title = titleOf(this.route);
    await this.updateComplete;
    window.scrollTo(0, 0);
    requestAnimationFrame(() => this.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true }));
  }

  override render() {
    return html`<a class="skip" href="#content">Skip to the content</a>
      ${this.#header()}
      <main id="content" tabindex="-1">
        ${
          session.health?.creation_paused && session.me
            ? html`<p class="notice warn" role="status">
              New machines are paused by an administrator. Running ones go on, and end on time.
            </p>`
            : nothing
        }
        ${this.#content()}
      </main>
      <footer class="foot">
        <span><a href="/api/docs">API</a> · <a href="/licences.txt" target="_blank" rel="noopener">Licences</a></span>
        <span>Nothing outlives its time.</span>
      </footer>
      <vmc-notices></vmc-notices>
      <vmc-dialog
        heading="Your session has ended"
        .open=${session.ended}
        .dismissable=${false}
        .content=${() => html`<p>Sign in again to go on. Everything on the page stays as it is.</p>
          <vmc-sign-in .again=${true}></vmc-sign-in>`}
      ></vmc-dialog>`;
  }

  #content() {
    if (session.problem) return problemNotice(session.problem, () => void session.open());
    if (session.me === undefined && !this.route.open) return html`<p class="waiting">Loading…</p>`;
    if (!this.route.open && !session.me) return html`<vmc-sign-in></vmc-sign-in>`;
    if (this.route.admin && session.me?.role === "user") {
      return html`<section class="narrow"><h1 tabindex="-1">For administrators</h1>
        <p>Your account may not see this. An administrator can give it another role.</p></section>`;
    }
    return keyed(location.pathname, this.route.view());
  }

  #header() {
    const links = session.me && session.me.role !== "user" ? [...NAVIGATION, ADMIN] : NAVIGATION;
    const here = location.pathname === "/" ? "/request" : location.pathname;
    return html`<header class="top">
      <a class="brand" href="/"><img src="/favicon.svg" alt="" width="28" height="28" />VM Creator</a>
      ${
        session.me
          ? html`<nav aria-label="Main">
            ${links.map(
              (link) => html`<a
                href=${link.path}
                aria-current=${here === link.path || here.startsWith(`${link.path}/`) ? "page" : nothing}
                >${icon(link.sign)}<span>${link.label}</span></a
              >`,
            )}
          </nav>`
          : nothing
      }
      ${this.#themeButton()}
    </header>`;
  }

  #themeButton() {
    const theme = currentTheme();
    const { next, sign } = THEMES[theme];
    const choose = () => {
      chooseTheme(next);
      this.requestUpdate();
      // The account remembers it for its other devices; this one does by itself.
      if (session.me) void session.prefer({ theme: next === "system" ? null : next }).catch(() => {});
    };
    return html`<button class="icon-only theme" aria-label="Theme: ${theme}. Change to ${next}" title="Theme: ${theme}"
      @click=${choose}>${icon(sign)}</button>`;
  }
}

function titleOf(route: Route): string {
  return `${route.title} · VM Creator`;
}

import { html, type TemplateResult } from "lit";
import "./pages/account";
import "./pages/admin";
import "./pages/costs";
import "./pages/history";
import "./pages/regions";
import "./pages/request";
import "./pages/sign-up";
import "./pages/vm";
import "./pages/vms";

/** A place of the page: which view shows it, who may see it, and what the browser's tab says. */
export interface Route {
  title: string;
  /** Nobody needs to be signed in. */
  open?: boolean;
  admin?: boolean;
  view(): TemplateResult;
}

const REQUEST: Route = {
  title: "New machine",
  view: () => html`<vmc-request></vmc-request>`,
};

const NOT_FOUND: Route = {
  title: "Not found",
  open: true,
  view: () => html`<section class="narrow">
    <h1 tabindex="-1">There is nothing here</h1>
    <p>The address may be mistyped, or what it named is gone.</p>
    <p><a class="button" href="/">Ask for a machine</a></p>
  </section>`,
};

const ROUTES: Record<string, Route> = {
  "/": REQUEST,
  "/request": REQUEST,
  "/signup": {
    title: "Sign up",
    open: true,
    view: () => html`<vmc-sign-up></vmc-sign-up>`,
  },
  "/vms": {
    title: "Machines",
    view: () => html`<vmc-vms></vmc-vms>`,
  },
  "/history": {
    title: "History",
    view: () => html`<vmc-history></vmc-history>`,
  },
  "/costs": {
    title: "Costs",
    view: () => html`<vmc-costs></vmc-costs>`,
  },
  "/regions": {
    title: "Regions",
    view: () => html`<vmc-regions></vmc-regions>`,
  },
  "/account": {
    title: "Account",
    view: () => html`<vmc-account></vmc-account>`,
  },
  "/admin": {
    title: "Administration",
    admin: true,
    view: () => html`<vmc-admin></vmc-admin>`,
  },
};

/** The route of an address. */
export function routeOf(path: string): Route {
  const vm = /^\/vms\/([a-z0-9-]+)$/.exec(path)?.[1];
  if (vm) {
    return {
      title: vm,
      view: () => html`<vmc-vm .name=${vm}></vmc-vm>`,
    };
  }
  return ROUTES[path.length > 1 ? path.replace(/\/$/, "") : path] ?? NOT_FOUND;
}

/** The page's addresses, on the history API: links are plain links. */

export const MOVED = "vmc-moved";

/** Go to an address of the page. */
export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  window.dispatchEvent(new Event(MOVED));
}

/** Follow plain clicks on the page's own links without loading the page again. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element).closest("a");
    if (!link?.href || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const ours = url.origin === location.origin && !/^\/(api|docs)\//.test(url.pathname);
    if (!ours || (url.hash && url.pathname === location.pathname)) return;
    event.preventDefault();
    if (url.pathname + url.search !== location.pathname + location.search) go(url.pathname + url.search);
  });
  window.addEventListener("popstate", () => window.dispatchEvent(new Event(MOVED)));
}

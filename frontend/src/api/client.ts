/** Calls to the API: JSON in and out, the CSRF token on writes, and every failure as one Problem. */

/** What the API answers when it refuses (problem+json), or what the page says when it was not reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(`${code}: ${detail}`);
  }

  /** What is wrong with which field of what was sent; its place in a nested document is dotted. */
  get fields(): { field: string; detail: string }[] {
    const listed = (this.extra.problems ?? this.extra.errors ?? []) as Record<string, string>[];
    return listed.map((each) => ({ field: each.field ?? "", detail: each.detail ?? each.message ?? "" }));
  }

  /** Whether the same call, unchanged, may succeed later: nobody knows that it took effect. */
  get unsettled(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

interface Options {
  accept?: string;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

let csrfToken = "";
let onSignedOut: () => void = () => {};

/** The token that every write carries; empty once nobody is signed in. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Called when a call finds the session ended: the page asks for the password again, over what is on it. */
export function whenSignedOut(callback: () => void): void {
  onSignedOut = callback;
}

/** One call under /api. Resolves to the document (undefined for 204); rejects with a Problem, or an AbortError. */
export async function call<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  const text = await (await open(method, path, options)).text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** The same for an answer that is read as it comes: resolves once the server has accepted the call. */
export async function open(method: Method, path: string, options: Options = {}): Promise<Response> {
  const response = await send(method, path, options);
  if (response.ok) return response;
  const problem = toProblem(response, await response.text());
  if (problem.status === 401 && !path.startsWith("/session")) onSignedOut();
  throw problem;
}

async function send(method: Method, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { Accept: options.accept ?? "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  if (method !== "GET" && csrfToken) headers["X-CSRF-Token"] = csrfToken;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch(`/api${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    const detail = navigator.onLine
      ? "The server did not answer. Try again in a moment; nothing you typed is lost."
      : "This device is offline. Nothing you typed is lost: try again once it is back.";
    throw new Problem(0, "unreachable", "No answer", detail);
  }
}

function toProblem(response: Response, text: string): Problem {
  let document: Record<string, unknown> = {};
  try {
    document = JSON.parse(text);
  } catch {
    // Not JSON: a proxy's page. The status says all that is known.
  }
  const said = (key: string, otherwise: string) =>
    typeof document[key] === "string" ? (document[key] as string) : otherwise;
  const fallback = `The server answered ${response.status}. Try again; if it stays so, tell your administrator.`;
  const detail = said("detail", fallback);
  return new Problem(
    response.status,
    said("code", "error"),
    said("title", "That did not work"),
    detail,
    document,
  );
}

/** A query string of what is set, a list as the same key again, with its question mark; empty when nothing is. */
export function query(values: Record<string, string | string[] | null>): string {
  const set = Object.entries(values).flatMap(([key, value]) =>
    [value].flat().flatMap((one) => (one === null || one === "" ? [] : [[key, one]])),
  );
  return set.length ? `?${new URLSearchParams(set)}` : "";
}

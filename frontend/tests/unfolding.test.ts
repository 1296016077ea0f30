import { afterEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../src/api/client";
import { serverSentEvents } from "../src/api/event-stream";
import { suggestLive, type Unfolding } from "../src/request/unfolding";

const ASK = { request: "redis", timezone: "UTC", locale: "en" };
const ANALYSIS = { keywords: [], intent: "run Redis", environment: "development" };
const WHOLE = { id: "s-1", request: "redis", analysis: ANALYSIS, explanation: "It caches." };
const STREAM = { "content-type": "text/event-stream" };

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A body that comes in these pieces; it breaks at the end if told so. */
function body(pieces: Uint8Array[], breaks = false): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece) controller.enqueue(piece);
      else if (breaks) controller.error(new TypeError("network error"));
      else controller.close();
    },
  });
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Each byte by itself: wherever a network may cut, it is cut. */
function torn(text: string): Uint8Array[] {
  return Array.from(bytes(text), (byte) => Uint8Array.of(byte));
}

async function all(stream: ReadableStream<Uint8Array>) {
  const found = [];
  for await (const each of serverSentEvents(stream)) found.push(each);
  return found;
}

/** The server's answers in turn, and what each call accepted. */
function server(...answers: (() => Response | Promise<Response>)[]): string[] {
  const accepted: string[] = [];
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    accepted.push((init.headers as Record<string, string>).Accept ?? "");
    const next = answers.shift();
    if (!next) throw new Error("nobody expected this call");
    return next();
  });
  return accepted;
}

afterEach(() => vi.unstubAllGlobals());

describe("a stream of events", () => {
  it("is read the same wherever it is cut, characters of several bytes too", async () => {
    const text = event("a", { x: "é 日本 🙂" }) + event("b", 2);
    const whole = await all(body([bytes(text)]));
    expect(whole.map((each) => each.event)).toEqual(["a", "b"]);
    expect(JSON.parse(whole[0]?.data ?? "")).toEqual({ x: "é 日本 🙂" });
    expect(await all(body(torn(text)))).toEqual(whole);
  });

  it("joins lines of data, skips comments, and takes either line end", async () => {
    expect(await all(body([bytes(": ping\r\n\r\ndata: a\r\ndata: b\r\n\r\n")]))).toEqual([
      { event: "message", data: "a\nb" },
    ]);
  });

  it("does not give an event that was cut off", async () => {
    expect(await all(body([bytes(`${event("a", 1)}event: b\ndata: {`)]))).toHaveLength(1);
  });
});

const told =
  event("analysis", ANALYSIS) +
  event("explanation", { attempt: 1, delta: "It " }) +
  event("explanation", { attempt: 1, delta: "caches." });

describe("a suggestion that comes in pieces", () => {
  it("tells what is known as soon as it is, and ends in the whole", async () => {
    const accepted = server(
      () => new Response(body(torn(told + event("suggestion", WHOLE))), { headers: STREAM }),
    );
    const heard: Unfolding[] = [];
    expect(await suggestLive(ASK, new AbortController().signal, (known) => heard.push(known))).toEqual(WHOLE);
    expect(heard.map((known) => known.explanation)).toEqual(["", "It ", "It caches."]);
    expect(heard[0]?.analysis).toEqual(ANALYSIS);
    expect(accepted).toEqual(["text/event-stream"]);
  });

  it("begins the explanation anew with a second attempt", async () => {
    const again = told + event("explanation", { attempt: 2, delta: "Rather" }) + event("suggestion", WHOLE);
    server(() => new Response(body([bytes(again)]), { headers: STREAM }));
    let last = "";
    await suggestLive(ASK, new AbortController().signal, (known) => {
      last = known.explanation;
    });
    expect(last).toBe("Rather");
  });

  it.each([
    ["breaks", true],
    ["ends too early", false],
  ])("is asked for once more, whole, when the stream %s", async (_, breaks) => {
    const accepted = server(
      () => new Response(body([bytes(told)], breaks), { headers: STREAM }),
      () => Response.json(WHOLE, { status: 201 }),
    );
    expect(await suggestLive(ASK, new AbortController().signal, () => {})).toEqual(WHOLE);
    expect(accepted).toEqual(["text/event-stream", "application/json"]);
  });

  it("is taken as it is from a server that does not stream", async () => {
    server(() => Response.json(WHOLE, { status: 201 }));
    expect(await suggestLive(ASK, new AbortController().signal, () => {})).toEqual(WHOLE);
  });
});

describe("a suggestion that does not come", () => {
  it("is not asked for again when the server refuses", async () => {
    const accepted = server(() => Response.json({ code: "too_many", detail: "Too often." }, { status: 429 }));
    const asked = suggestLive(ASK, new AbortController().signal, () => {});
    await expect(asked).rejects.toMatchObject({ code: "too_many" });
    await expect(asked).rejects.toBeInstanceOf(Problem);
    expect(accepted).toHaveLength(1);
  });

  it("is not asked for again when the person stops it", async () => {
    const stop = new AbortController();
    const accepted = server(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              stop.abort();
              controller.error(new DOMException("stopped", "AbortError"));
            },
          }),
          { headers: STREAM },
        ),
    );
    await expect(suggestLive(ASK, stop.signal, () => {})).rejects.toMatchObject({ name: "AbortError" });
    expect(accepted).toHaveLength(1);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Connection, Stream } from "../src/api/stream";

/** An EventSource in the test's hands. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = 0;

  constructor(readonly url: string) {
    super();
    FakeSource.opened.push(this);
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }

  vm(id: string): void {
    const data = JSON.stringify({
      number: Number(id),
      kind: "up",
      at: "2020-01-01T00:00:00Z",
      detail: "",
      vm: {},
    });
    this.dispatchEvent(Object.assign(new Event("vm"), { data, lastEventId: id }));
  }
}

class FakeDocument extends EventTarget {
  hidden = false;
}

let page: FakeDocument;
let stream: Stream;
let states: Connection[];
let refusals: number;
let heard: number[];

function last(): FakeSource {
  const source = FakeSource.opened.at(-1);
  if (!source) throw new Error("no stream was opened");
  return source;
}

beforeEach(() => {
  vi.useFakeTimers();
  page = new FakeDocument();
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout: globalThis.setTimeout }));
  vi.stubGlobal("EventSource", FakeSource);
  FakeSource.opened = [];
  states = [];
  heard = [];
  refusals = 0;
  stream = new Stream("/vms/a-001/events", {
    event: (event) => heard.push(event.number),
    connection: (state) => states.push(state),
    refused: () => refusals++,
  });
});

afterEach(() => {
  stream.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a stream", () => {
  it("resumes after the last event it heard when its connection is lost", () => {
    expect(last().url).toBe("/api/vms/a-001/events");
    last().vm("4");
    last().dispatchEvent(new Event("error"));
    expect(states.at(-1)).toBe("waiting");
    vi.advanceTimersByTime(1_500);
    expect(FakeSource.opened).toHaveLength(2);
    expect(last().url).toBe("/api/vms/a-001/events?after=4");
    expect(heard).toEqual([4]);
  });

  it("waits longer from one failure to the next, up to half a minute and a half", () => {
    for (let failures = 0; failures < 8; failures++) {
      last().dispatchEvent(new Event("error"));
      vi.advanceTimersByTime(45_000);
    }
    const before = FakeSource.opened.length;
    last().dispatchEvent(new Event("error"));
    vi.advanceTimersByTime(14_000);
    expect(FakeSource.opened).toHaveLength(before);
    vi.advanceTimersByTime(31_000);
    expect(FakeSource.opened).toHaveLength(before + 1);
  });

  it("opens again at once when the server ends it", () => {
    last().dispatchEvent(new Event("end"));
    vi.advanceTimersByTime(0);
    expect(FakeSource.opened).toHaveLength(2);
  });

  it("is closed while the page is hidden, and resumes when it is seen", () => {
    last().vm("7");
    page.hidden = true;
    page.dispatchEvent(new Event("visibilitychange"));
    expect(last().readyState).toBe(FakeSource.CLOSED);
    expect(states.at(-1)).toBe("paused");
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.opened).toHaveLength(1);
    page.hidden = false;
    page.dispatchEvent(new Event("visibilitychange"));
    expect(last().url).toBe("/api/vms/a-001/events?after=7");
  });

  it("tells a refusal from a lost connection", () => {
    last().dispatchEvent(new Event("error"));
    expect(refusals).toBe(0);
    vi.advanceTimersByTime(1_500);
    last().readyState = FakeSource.CLOSED;
    last().dispatchEvent(new Event("error"));
    expect(refusals).toBe(1);
  });
});

import { describe, expect, it } from "vitest";
import type { Vm } from "../src/api/documents";
import { endsSoon } from "../src/vm/ends-soon";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-25T12:00:00Z");

/** A machine that is up for so many hours. */
function lasting(hours: number, changed: Partial<Vm> = {}): Vm {
  const expires_at = new Date(START + hours * HOUR).toISOString();
  return { state: "RUNNING", started_at: new Date(START).toISOString(), expires_at, ...changed } as Vm;
}

describe("a machine ends soon", () => {
  it.each([
    [0.5, 10 / 60],
    [2, 1],
    [24, 1],
    [72, 24],
  ])("of %d hours, when the first warning within its lease has come", (hours, before) => {
    const moment = START + (hours - before) * HOUR;
    expect(endsSoon(lasting(hours), moment - 1)).toBe(false);
    expect(endsSoon(lasting(hours), moment)).toBe(true);
  });

  it("no more once it has ended, is going, or was extended", () => {
    const late = START + 1.9 * HOUR;
    expect(endsSoon(lasting(2), late)).toBe(true);
    expect(endsSoon(lasting(2), START + 2 * HOUR)).toBe(false);
    expect(endsSoon(lasting(2, { state: "DELETING" }), late)).toBe(false);
    expect(endsSoon(lasting(4), late)).toBe(false);
    expect(endsSoon(lasting(2, { expires_at: null }), late)).toBe(false);
  });
});

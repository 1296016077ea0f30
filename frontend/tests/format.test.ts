import { describe, expect, it } from "vitest";
import { changeValue } from "../src/format/changes";
import { money, moneyColumn } from "../src/format/money";
import { durationInWords, left, parseDuration, writeDuration } from "../src/format/time";
import { bytes, cut, percent, words } from "../src/format/words";

describe("money", () => {
  it("shows every hundredth of a cent and at least two decimals", () => {
    expect(money("0.1871")).toBe("$0.1871");
    expect(money("0.146")).toBe("$0.146");
    expect(money("12.5")).toBe("$12.50");
    expect(money("0")).toBe("$0.00");
  });

  it("formats the decimal string, not its nearest binary fraction", () => {
    expect(money("9007199254740993.01")).toBe("$9,007,199,254,740,993.01");
  });

  it("writes a column with one number of decimals", () => {
    const write = moneyColumn(["0.0872", "0.006", "1"], "USD");
    expect(["0.0872", "0.006", "1"].map(write)).toEqual(["$0.0872", "$0.0060", "$1.0000"]);
  });
});

describe("durations", () => {
  it.each([
    ["45m", 45],
    ["2h", 120],
    ["1d12h", 2160],
    ["1w", 10080],
    [" 3H ", 180],
    ["2 hours", 120],
    ["90 days", 129600],
    ["1 Week", 10080],
    ["1 day 12 hours", 2160],
    ["45min", 45],
    ["1d 12h", 2160],
  ])("reads %s", (text, minutes) => {
    expect(parseDuration(text)).toBe(minutes);
  });

  it.each(["", "2", "h", "hours", "2 months", "1h2d", "-1h", "1 2h"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it("writes the shortest exact form, and reads it back", () => {
    for (const minutes of [10, 60, 90, 1440, 1500, 10080]) {
      expect(parseDuration(writeDuration(minutes))).toBe(minutes);
    }
    expect(writeDuration(2160)).toBe("1d12h");
  });

  it("says a lease in words", () => {
    expect(durationInWords("1d1h30m")).toBe("1 day 1 hour 30 minutes");
  });

  it("says what is left in its two largest units, never below nothing", () => {
    expect(left(6_120_000)).toBe("1 h 42 min");
    expect(left(245_000)).toBe("4 min 05 s");
    expect(left(-1)).toBe("0 s");
  });
});

describe("measures", () => {
  it.each([
    [0, "0 %"],
    [0.004, "0.4 %"],
    [0.08, "8 %"],
    [0.975, "98 %"],
    [2, "200 %"],
  ])("writes the share %s as %s", (share, written) => expect(percent(share)).toBe(written));

  it.each([
    [512, "512 B"],
    [3_400, "3.4 kB"],
    [41_000, "41 kB"],
    [2_500_000, "2.5 MB"],
  ])("writes %s bytes as %s", (amount, written) => expect(bytes(amount)).toBe(written));
});

describe("words", () => {
  it("turns names into words, acronyms kept", () => {
    expect(words("os_image")).toBe("OS image");
    expect(words("vm.requested")).toBe("VM requested");
    expect(words("vcpus")).toBe("vCPUs");
    expect(words("CI")).toBe("CI");
    expect(words("IoT broker")).toBe("IoT broker");
    expect(words("free_vcpus")).toBe("Free vCPUs");
  });

  it("cuts a request at character offsets, beyond the basic plane too", () => {
    const pieces = cut("🚀 Django now", [{ start: 2, end: 8 }]);
    expect(pieces.map((piece) => [piece.text, piece.mark !== null])).toEqual([
      ["🚀 ", false],
      ["Django", true],
      [" now", false],
    ]);
  });

  it("keeps the whole text where marks overlap or run over its end", () => {
    const pieces = cut("a b c", [
      { start: 0, end: 3 },
      { start: 2, end: 3 },
      { start: 4, end: 9 },
    ]);
    expect(pieces.map((piece) => piece.text).join("")).toBe("a b c");
  });
});

describe("what a refinement changed", () => {
  it.each([
    ["machine_type", "e2-medium", "e2-medium"],
    ["total", "0.1495", "$0.1495"],
    ["total", "none", "none"],
    ["duration", "7d", "7 days"],
    ["spot", "true", "yes"],
    ["spot", "false", "no"],
    ["packages", '["django", "redis"]', "django, redis"],
    ["packages", "[]", "none"],
    ["disk_gib", "60", "60"],
    ["gpu", "null", "none"],
    ["gpu", '{"type": "nvidia-l4", "count": 2}', "2 × nvidia-l4"],
    ["region", "null", "anywhere"],
    ["region", '{"must": "europe-west9", "prefer": null}', "only in europe-west9"],
    ["region", '{"must": null, "prefer": "europe-west9"}', "best in europe-west9"],
  ])("writes %s %s as %s", (field, text, written) => {
    expect(changeValue(field, text, "USD")).toBe(written);
  });
});

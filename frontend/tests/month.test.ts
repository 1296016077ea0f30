import { describe, expect, it } from "vitest";
import { dayInWords, monthAfter, monthInWords } from "../src/format/month";

describe("months", () => {
  it.each([
    ["2026-11", 1, "2026-12"],
    ["2026-12", 1, "2027-01"],
    ["2026-01", -1, "2025-12"],
    ["2028-03", -1, "2028-02"],
  ])("%s and %i more is %s", (month, months, after) => {
    expect(monthAfter(month, months)).toBe(after);
  });

  it("are written out, and days are, in UTC wherever the reader is", () => {
    expect(monthInWords("2026-11")).toBe("November 2026");
    expect(dayInWords("2026-11-01")).toBe("Sun 1 Nov");
  });
});
